import type { PciBar } from './model.ts';

/** Linux, include/linux/ioport.h: `IORESOURCE_…`. */
const flags = { ports: 0x100, memory: 0x200, prefetch: 0x2000, wide: 0x100000 } as const;

/** The first seven lines of `resource`: `start end flags`, hexadecimal; what follows belongs to bridges and virtual functions. */
export function parseBars(text = ''): readonly PciBar[] {
  return text.split('\n', 7).flatMap((line, index): PciBar[] => {
    const [start = Number.NaN, end = Number.NaN, flag = 0] = line.trim().split(' ').map(Number);
    if (!(end > start) || !Number.isSafeInteger(end) || (flag & (flags.ports | flags.memory)) === 0)
      return [];
    return [
      {
        index,
        start,
        size: end - start + 1,
        kind: (flag & flags.memory) === 0 ? 'ports' : 'memory',
        bits: (flag & flags.wide) === 0 ? 32 : 64,
        prefetchable: (flag & flags.prefetch) !== 0,
      },
    ];
  });
}
