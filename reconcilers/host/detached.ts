import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { errorCode } from './fileErrors.ts';
import { commandEnvironment } from './tools.ts';

/** ms */
const startTimeout = 30_000;

/** How the first process of something ended, and what it had said. */
export interface Said {
  readonly code: number;
  readonly stderr: string;
}

type Command = readonly [string, ...string[]];

/**
 * Waits until `up` says true, and leaves it running. Returns undefined then, else how it ended before.
 * @throws NovaError `host.timeout`; it has been killed then
 */
export async function startForeground(
  command: Command,
  folder: string,
  up: () => Promise<boolean>,
): Promise<Said | undefined> {
  let waiting = true;
  const untilUp = async (): Promise<undefined> => {
    const began = performance.now();
    while (waiting && !(await up())) {
      // A tenth of what it took so far, so that nothing is known much later than it is so.
      const pause = Math.min(Math.max((performance.now() - began) / 10, 2), 50);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return undefined;
  };
  const wait = async ({ child, exited, expired }: Started) => {
    const said = await Promise.race([untilUp(), exited, expired]);
    child.unref();
    return said;
  };
  return detached(command, folder, wait).finally(() => (waiting = false));
}

interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<Said>;
  /** Rejects when it takes too long. */
  readonly expired: Promise<never>;
}

/** What it says goes to a nameless file: a daemon may keep its end of a pipe open for ever. */
async function detached<T>(
  [file, ...args]: Command,
  folder: string,
  wait: (started: Started) => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const words = join(folder, `.daemon-${randomUUID()}`);
  const output = openSync(words, 'wx+', 0o600);
  rmSync(words);
  const expired = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  // What is left alone may end at any time; its number may be another file's by then.
  let closed = false;
  try {
    const child = spawn(file, args, {
      env: commandEnvironment(),
      cwd: '/',
      detached: true,
      stdio: ['ignore', output, output],
    });
    timer = setTimeout(() => {
      killGroup(child.pid);
      expired.reject(tooSlow(args.at(-1) ?? file));
    }, startTimeout);
    const exited = new Promise<Said>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        if (!closed) resolve({ code: code ?? -1, stderr: readFileSync(`/proc/self/fd/${output}`, 'utf8') });
      });
    });
    exited.catch(() => undefined);
    return await wait({ child, exited, expired: expired.promise });
  } finally {
    clearTimeout(timer);
    closed = true;
    closeSync(output);
  }
}

function tooSlow(what: string): NovaError {
  return new NovaError('host.timeout', `${what} did not come up within ${startTimeout / 1000} s`, {
    hint: 'see whether the machine is overloaded, then run the same command again',
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
