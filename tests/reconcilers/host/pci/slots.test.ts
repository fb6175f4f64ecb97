import { describe, expect, it } from 'vitest';

import { labelsIn } from '../../../../reconcilers/host/pci/slots.ts';

/** A structure of SMBIOS: its fields after the header, then its strings. */
function structure(type: number, fields: readonly number[], strings: readonly string[]): Buffer {
  const text = strings.length === 0 ? '\0' : strings.map((each) => `${each}\0`).join('');
  return Buffer.concat([
    Buffer.from([type, 4 + fields.length, 0x09, 0x00, ...fields]),
    Buffer.from(`${text}\0`, 'latin1'),
  ]);
}

/** Designation, type, width, usage, length, id, characteristics, then domain, bus, and device with function. */
const slot = (domain: number, bus: number, place: number) => [
  ...[1, 0xb1, 0x0d, 0x04, 0x04, 0x01, 0x00, 0x0c, 0x01],
  ...[domain & 0xff, domain >>> 8, bus, place],
];

describe('labelsIn', () => {
  it('names the slots of a machine by what is in them, and passes over everything else', () => {
    const table = Buffer.concat([
      structure(0, [1, 2, 0, 0xe0, 3, 0xff], ['LENOVO', '1.2', '04/01/2023']),
      structure(9, slot(0, 1, 0), ['PCIEX16_1']),
      structure(2, [], []),
      structure(9, slot(0x10, 0x41, 0x18), ['SLOT 3 ', 'x']),
      structure(9, slot(0xffff, 0xff, 0xff), ['M2_1']),
      structure(9, slot(0, 2, 0).slice(0, 8), ['OLD']),
      structure(127, [], []),
    ]);
    expect([...labelsIn(table)]).toEqual([
      ['0000:01:00', 'PCIEX16_1'],
      ['0010:41:03', 'SLOT 3'],
    ]);
  });

  it('ends where the table does', () => {
    const whole = structure(9, slot(0, 1, 0), ['PCIEX16_1']);
    for (let length = 0; length < whole.length; length += 1)
      expect(labelsIn(whole.subarray(0, length)).size).toBeLessThanOrEqual(1);
    expect(labelsIn(Buffer.alloc(64)).size).toBe(0);
  });
});
