import type { PciDevice } from '../host/pci/model.ts';

/** First and last number of a model, and what the family is called. */
type Family = readonly [first: number, last: number, name: string];

/**
 * AMD's families that do not come back from a reset of the bus: the list of the module `vendor-reset`, which brings a
 * reset of their own (https://github.com/gnif/vendor-reset, src/device-db.h).
 */
const families: readonly Family[] = [
  [0x66a0, 0x66af, 'Vega 20'],
  [0x67c0, 0x67df, 'Polaris 10'],
  [0x67e0, 0x67ff, 'Polaris 11'],
  [0x6860, 0x687f, 'Vega 10'],
  [0x6980, 0x699f, 'Polaris 12'],
  [0x6fdf, 0x6fdf, 'Polaris 10'],
  [0x7310, 0x731f, 'Navi 10'],
  [0x7340, 0x734f, 'Navi 14'],
  [0x7360, 0x7362, 'Navi 12'],
  [0x738c, 0x738c, 'Arcturus'],
];

/** The family of an AMD card that is known not to come back; undefined for others, and where the kernel has a reset made for it. */
export function resetBugOf({
  vendor,
  device,
  resetMethods,
}: Pick<PciDevice, 'vendor' | 'device' | 'resetMethods'>): string | undefined {
  if (vendor !== '1002' || resetMethods?.includes('device_specific') === true) return undefined;
  const number = Number.parseInt(device, 16);
  return families.find(([first, last]) => number >= first && number <= last)?.[2];
}
