import type { LoopClock } from '../../../controller/loop/clock.ts';

/** Time that passes when it is told to. */
export interface SimulatedClock extends LoopClock {
  /** Lets `ms` pass: what is due in between happens in its order, with all that follows from it at once. */
  advance(ms: number): Promise<void>;
}

export function simulatedClock(): SimulatedClock {
  let time = 0;
  let counter = 0;
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();

  const nextDue = (until: number): number | undefined => {
    const due = [...timers].filter(([, { at }]) => at <= until).toSorted(([, a], [, b]) => a.at - b.at);
    return due[0]?.[0];
  };

  return {
    now: () => time,
    setTimeout(callback, ms) {
      counter += 1;
      timers.set(counter, { at: time + ms, callback });
      return counter;
    },
    clearTimeout: (timer) => void timers.delete(timer as number),
    async advance(ms) {
      const until = time + ms;
      await settle();
      for (let id = nextDue(until); id !== undefined; id = nextDue(until)) {
        const timer = timers.get(id);
        timers.delete(id);
        time = Math.max(time, timer?.at ?? time);
        timer?.callback();
        await settle();
      }
      time = until;
    },
  };
}

/** What has begun goes on until it waits for time or for ever. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
