import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** ms of rest after which memory is given back */
const pause = 2_000;

/** bytes; less than this is not worth the time that collecting it takes */
const slack = 3 * 1024 * 1024;

/**
 * V8 keeps what a large run has needed for the next one; whoever rests for days gives it back to the machine, as little of
 * it is in use by then. Called whenever nothing is left to do; it costs a few hundred ms of work, and so it is done only
 * when there is something to give back.
 */
export function createSparing(clock: {
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}) {
  let timer: unknown;
  /** bytes that were in use after the last time */
  let left = 0;
  const spare = (): void => {
    if (inUse() < left + slack) return;
    collect();
    left = inUse();
  };
  return {
    rests(): void {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(spare, pause);
    },
    works: (): void => clock.clearTimeout(timer),
  };
}

function inUse(): number {
  return getHeapStatistics().used_heap_size;
}

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;
let collector: Collect | undefined;

function collect(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as Collect;
  }
  collector({ type: 'major', flavor: 'last-resort' });
}
