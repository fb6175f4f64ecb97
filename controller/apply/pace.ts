import type { Clock } from '../../reconcilers/host/host.ts';

/**
 * When a kind may be read again: at once where nothing is being changed, as nobody else will come who could share the read.
 * Else reading takes no more than a fifth of the time, and those whose changes end meanwhile share one read.
 */
export interface Pace {
  next(kind: string): Promise<void>;
  /** A read of that kind, begun at that time (ms since the epoch), has ended now. */
  took(kind: string, begun: number): void;
  during<T>(change: () => Promise<T>): Promise<T>;
}

export function createPace(clock: Clock): Pace {
  const rests = new Map<string, number>();
  let changing = 0;
  let quiet = Promise.withResolvers<void>();
  return {
    async next(kind) {
      for (;;) {
        // Where one change has ended the next in the line begins: that is no end of all changes.
        await new Promise((resolve) => setImmediate(resolve));
        const left = (rests.get(kind) ?? 0) - clock.now();
        if (changing === 0 || left <= 0) return;
        const over = new AbortController();
        const rest = clock.sleep(left, over.signal).catch(() => undefined);
        await Promise.race([rest, quiet.promise]);
        over.abort();
      }
    },
    took(kind, begun) {
      const now = clock.now();
      rests.set(kind, now + 4 * (now - begun));
    },
    async during(change) {
      changing += 1;
      try {
        return await change();
      } finally {
        changing -= 1;
        if (changing === 0) {
          quiet.resolve();
          quiet = Promise.withResolvers();
        }
      }
    },
  };
}
