import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { idOf, inPlugOrder, passedIn, placed, portsFor, vfioDevice } from '../../../reconcilers/vm/passed.ts';

const card = {
  devices: [
    { address: '0000:01:00.0', class: 0x030000, group: 1 },
    { address: '0000:01:00.1', class: 0x040300, group: 1 },
  ],
  rom: '/lab/card.rom',
};

describe('devices of the host in a machine', () => {
  it('keep the functions of a card together, and its firmware with the display', () => {
    expect(placed(card, 2)).toEqual([
      { address: '0000:01:00.0', port: 2, fn: 0, rom: '/lab/card.rom' },
      { address: '0000:01:00.1', port: 2, fn: 1, rom: undefined },
    ]);
  });

  it('put one that is alone at function 0, whatever it is on the host', () => {
    expect(
      placed({ devices: [{ address: '0000:05:00.3', class: 0x010802, group: 5 }], rom: undefined }, 0),
    ).toEqual([{ address: '0000:05:00.3', port: 0, fn: 0, rom: undefined }]);
  });

  it('are plugged in with function 0 as the last', () => {
    expect(inPlugOrder(placed(card, 0)).map(({ fn }) => fn)).toEqual([1, 0]);
  });

  it('are given to QEMU as one device with several functions', () => {
    const passed = placed(card, 1);
    expect(passed.map((each) => vfioDevice(each, passed))).toEqual([
      {
        driver: 'vfio-pci',
        id: 'pci1-0000-01-00.0',
        host: '0000:01:00.0',
        bus: 'pciport1',
        addr: '0.0',
        multifunction: true,
        romfile: '/lab/card.rom',
      },
      {
        driver: 'vfio-pci',
        id: 'pci1-0000-01-00.1',
        host: '0000:01:00.1',
        bus: 'pciport1',
        addr: '0.1',
        multifunction: true,
      },
    ]);
  });

  it('have ports to spare, so that more can be plugged in', () => {
    expect(portsFor([])).toBe(4);
    expect(portsFor(placed(card, 6))).toBe(7);
  });

  it('law: their names say where they are from and where they are', () => {
    const hex = (digits: number) =>
      fc.nat(16 ** digits - 1).map((number) => number.toString(16).padStart(digits, '0'));
    const address = fc
      .tuple(hex(4), hex(2), fc.nat(31), fc.nat(7))
      .map(([domain, bus, slot, fn]) => `${domain}:${bus}:${slot.toString(16).padStart(2, '0')}.${fn}`);
    fc.assert(
      fc.property(address, fc.nat(31), (of, port) => {
        const id = idOf({ address: of, port });
        // QEMU, util/id.c: a letter, then letters, digits and -._ alone.
        expect(id).toMatch(/^[a-z][\w.-]*$/i);
        expect(passedIn(id)).toEqual({ address: of, port });
      }),
    );
    expect(passedIn('pciport1')).toBeUndefined();
  });
});
