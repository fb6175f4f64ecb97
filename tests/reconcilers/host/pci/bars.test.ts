import { describe, expect, it } from 'vitest';

import { parseBars } from '../../../../reconcilers/host/pci/bars.ts';

describe('parseBars', () => {
  it('reads regions of memory, of ports and the ROM, and leaves out what is empty', () => {
    const resource = [
      '0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200',
      '0x0000004000000000 0x0000007fffffffff 0x000000000014220c',
      '0x0000000000000000 0x0000000000000000 0x0000000000000000',
      '0x0000000000000000 0x0000000000000000 0x0000000000000000',
      '0x0000000000000000 0x0000000000000000 0x0000000000000000',
      '0x000000000000e000 0x000000000000e07f 0x0000000000040101',
      '0x00000000f7000000 0x00000000f707ffff 0x0000000000046200',
      '0x0000008000000000 0x0000008000ffffff 0x000000000014220c',
    ].join('\n');
    expect(
      parseBars(resource).map(({ index, size, kind, bits, prefetchable }) => [
        index,
        size,
        kind,
        bits,
        prefetchable,
      ]),
    ).toEqual([
      [0, 2 ** 24, 'memory', 32, false],
      [1, 2 ** 38, 'memory', 64, true],
      [5, 128, 'ports', 32, false],
      [6, 2 ** 19, 'memory', 32, true],
    ]);
  });

  it('finds nothing in what is no such table', () => {
    expect(parseBars('')).toEqual([]);
    expect(parseBars('a b c\n\n1 0 0x200')).toEqual([]);
  });
});
