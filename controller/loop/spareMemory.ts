import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** ms of rest after which memory is given back */
const pause = 2_000;

/**
 * V8 keeps what a large run has needed for the next one; whoever rests for days gives it back to the machine, as little of
 * it is in use by then. Called whenever nothing is left to do: what is done then costs some ms, once.
 */
export function createSparing(clock: {
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}) {
  let timer: unknown;
  return {
    rests(): void {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(collect, pause);
    },
    works: (): void => clock.clearTimeout(timer),
  };
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
