/** SIGHUP: what is configured is to be read anew. */
export interface Hangups extends Disposable {
  /** Aborted since the last one was taken. */
  readonly signal: AbortSignal;
  /** Before anything is read: one that comes from here on is another. */
  take(): void;
}

/** On a terminal SIGHUP says that the terminal is gone, and ends us as it ends everything. */
export function listenForHangups(onTerminal: boolean): Hangups {
  let asked = new AbortController();
  const hangUp = (): void => asked.abort();
  if (!onTerminal) process.on('SIGHUP', hangUp);
  return {
    get signal() {
      return asked.signal;
    },
    take() {
      asked = new AbortController();
    },
    [Symbol.dispose]: () => void process.off('SIGHUP', hangUp),
  };
}
