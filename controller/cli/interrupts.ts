/** ms within which a second signal is the first one, delivered twice: to the process and to its group. */
const echo = 300;

/** The first Ctrl-C stops after the steps in hand; the second gives them up. */
export interface Interrupts extends Disposable {
  readonly stop: AbortSignal;
  readonly force: AbortSignal;
}

export function listenForInterrupts(onFirst: () => void): Interrupts {
  const stop = new AbortController();
  const force = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  const interrupt = (): void => {
    if (!stop.signal.aborted) {
      first = performance.now();
      stop.abort();
      onFirst();
    } else if (performance.now() - first > echo) force.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    stop: stop.signal,
    force: force.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
