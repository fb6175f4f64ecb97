/** The first Ctrl-C stops after the steps in hand; the second gives them up. */
export interface Interrupts extends Disposable {
  readonly stop: AbortSignal;
  readonly force: AbortSignal;
}

export function listenForInterrupts(onFirst: () => void): Interrupts {
  const stop = new AbortController();
  const force = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) return force.abort();
    stop.abort();
    return onFirst();
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
