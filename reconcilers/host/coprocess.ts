import { spawn } from 'node:child_process';

import { commandEnvironment } from './tools.ts';

/** A program that stays, and answers each line with one line of JSON. */
export interface Coprocess {
  /**
   * The answer, as it was printed; undefined when there was none, in time or of that kind: the program is ended then,
   * and a process of its own must be asked, which says why. One after the other.
   */
  ask(line: string): Promise<string | undefined>;
  /** False when it has ended: it is of no use any more. */
  readonly alive: boolean;
  close(): void;
}

/** ms */
const patience = 10_000;

/**
 * It ends with this process, whose end of its input closes then.
 * @param argv of a program that prints each answer at once when it writes to a pipe
 */
export function startCoprocess(argv: readonly [string, ...string[]]): Coprocess {
  // What it says of a trouble must not be overtaken by the answer: both go the same way. `nft -i` keeps a history in HOME.
  const child = spawn('/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', ...argv], {
    env: { ...commandEnvironment(), HOME: '/dev/null' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let alive = true;
  let waiting: ((line: string | undefined) => void) | undefined;
  let pieces: Buffer[] = [];

  const answer = (line: string | undefined): void => {
    pieces = [];
    const resolve = waiting;
    waiting = undefined;
    resolve?.(line);
  };
  const close = (): void => {
    alive = false;
    child.kill('SIGKILL');
    child.stdin.destroy();
    child.stdout.destroy();
    answer(undefined);
  };
  child.on('error', close);
  child.on('exit', close);
  child.stdin.on('error', close);
  child.stdout.on('data', (piece: Buffer) => {
    pieces.push(piece);
    if (piece.at(-1) !== newline) return;
    const line = Buffer.concat(pieces).toString().trim();
    // Anything else than one line of JSON that was asked for is trouble, and so is everything after it.
    if (waiting !== undefined && /^[[{][^\n]*$/.test(line)) answer(line);
    else close();
  });
  return {
    get alive() {
      return alive;
    },
    close,
    ask: (line) => {
      if (!alive || waiting !== undefined) return Promise.resolve(undefined);
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      const timer = setTimeout(close, patience);
      waiting = (said) => {
        clearTimeout(timer);
        resolve(said);
      };
      child.stdin.write(`${line}\n`);
      return promise;
    },
  };
}

const newline = 10;
