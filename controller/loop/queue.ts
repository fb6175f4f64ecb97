import type { LoopClock } from './clock.ts';

/**
 * Keys that are to be looked at. A key has one entry however often it is added, and is handed to one worker at a time;
 * what is added while it is worked on waits until that has ended. Waiting holds no worker.
 */
export interface Queue {
  /** @param after ms from now; an entry that is due earlier stays so */
  add(key: string, after?: number): void;
  /** How many keys are due or worked on. */
  depth(): number;
  /** Nothing more is begun; resolves when what is in hand has ended. */
  close(): Promise<void>;
}

export interface QueueOptions {
  readonly clock: LoopClock;
  readonly work: (key: string) => Promise<void>;
  /** Told what a worker threw; the queue goes on. */
  readonly failed: (key: string, error: unknown) => void;
}

interface Entry {
  /** When it is due, in ms since the epoch; undefined: it is not asked for. */
  dueAt: number | undefined;
  timer: unknown;
  running: Promise<void> | undefined;
}

export function createQueue({ clock, work, failed }: QueueOptions): Queue {
  const entries = new Map<string, Entry>();
  let closed = false;

  const arm = (key: string, entry: Entry): void => {
    if (entry.dueAt === undefined || entry.running !== undefined || closed) return;
    clock.clearTimeout(entry.timer);
    entry.timer = clock.setTimeout(() => begin(key, entry), Math.max(0, entry.dueAt - clock.now()));
  };

  const begin = (key: string, entry: Entry): void => {
    entry.dueAt = undefined;
    entry.running = attempt(key).finally(() => {
      entry.running = undefined;
      if (entry.dueAt === undefined) entries.delete(key);
      else arm(key, entry);
    });
  };

  const attempt = async (key: string): Promise<void> => {
    try {
      await work(key);
    } catch (error) {
      failed(key, error);
    }
  };

  return {
    add(key, after = 0) {
      if (closed) return;
      const entry = entries.get(key) ?? { dueAt: undefined, timer: undefined, running: undefined };
      entries.set(key, entry);
      entry.dueAt = Math.min(entry.dueAt ?? Number.POSITIVE_INFINITY, clock.now() + after);
      arm(key, entry);
    },
    depth: () =>
      [...entries.values()].filter(
        ({ running, dueAt = Number.POSITIVE_INFINITY }) => running !== undefined || dueAt <= clock.now(),
      ).length,
    async close() {
      closed = true;
      for (const { timer } of entries.values()) clock.clearTimeout(timer);
      await Promise.all([...entries.values()].map(async ({ running }) => running));
    },
  };
}
