import type { PciDevice } from '../host/pci/model.ts';

type Classed = Pick<PciDevice, 'class'>;

/** PCI Code and ID Assignment Specification: base class 03, a display controller of any sort. */
export function isDisplay({ class: kind }: Classed): boolean {
  return kind >>> 16 === 0x03;
}

/** A display, or what computes without one: base class 12, and 0b40 as some call their cards. */
export function isGpu(device: Classed): boolean {
  return isDisplay(device) || device.class >>> 16 === 0x12 || device.class >>> 8 === 0x0b40;
}

/** The display of a machine's own management controller: it shows the console from afar, and nothing else. */
export function isManagement({ vendor, device }: Pick<PciDevice, 'vendor' | 'device'>): boolean {
  // ASPEED, and the Matrox G200 of several servers (`G200e`, `G200eH`, `G200eR2`, `G200eW3` …).
  return vendor === '1a03' || (vendor === '102b' && /^05(2[24]|3[0-9a-f])$/.test(device));
}

/** What it is, for a person. */
export function wordFor(device: Pick<PciDevice, 'class' | 'header' | 'physicalFunction'>): string {
  if (device.physicalFunction !== undefined) return 'virtual function';
  if (device.header !== 'endpoint') return 'bridge';
  const kind = device.class >>> 8;
  return words[kind] ?? words[device.class >>> 16] ?? 'device';
}

const words: Readonly<Record<number, string>> = {
  0x01: 'disk controller',
  0x02: 'network controller',
  0x03: 'display',
  0x04: 'multimedia',
  0x06: 'bridge',
  0x0c: 'bus controller',
  0x12: 'accelerator',
  0x0302: '3D controller',
  0x0401: 'audio',
  0x0403: 'audio',
  0x0601: 'ISA bridge',
  0x0c03: 'USB controller',
  0x0c05: 'SMBus',
  0x0c80: 'serial bus controller',
};
