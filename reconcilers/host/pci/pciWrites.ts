import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { NovaError } from '../../../schema/errors.ts';
import type { Scope } from '../../identity.ts';
import { failure } from '../commandError.ts';
import type { Recorder } from '../commandRecord.ts';
import { localCgroups } from '../cgroups.ts';
import { commandEnvironment, requireTool } from '../tools.ts';
import { readMembers } from '../viewProcesses.ts';
import { workWrapper } from '../workCgroup.ts';
import { writerCgroup } from './pciPort.ts';

/** ms in which the kernel comes back from a write; a driver may wait for its hardware for many seconds */
const patience = 30_000;

export interface SysfsWrite {
  /** The device that it is about. */
  readonly address: string;
  readonly file: string;
  readonly text: string;
}

/**
 * Writes to files of sysfs, each by a process of its own: the kernel may not come back from a write, and then that
 * process is left behind, in a cgroup where it is found.
 * @param wait ms, for tests
 */
export function createPciWriter(scope: Scope, recorder: Recorder, wait = patience) {
  return async ({ address, file, text }: SysfsWrite): Promise<void> => {
    const cgroup = writerCgroup(scope, address);
    // Where one is waited for already, a second would only wait as well.
    const [before] = readMembers(cgroup).values();
    if (before !== undefined) {
      const message = `the kernel has not come back from an earlier write to ${before.argv.at(-1) ?? address}`;
      throw stuck(message, before.pid);
    }
    recorder({ effect: 'change', argv: ['tee', '--', file], at: Date.now() });
    const said = await writeBehind(scope, cgroup, { file, text, wait });
    if (said === 'stuck') {
      const message = `the kernel has not come back from writing ${JSON.stringify(text)} to ${file} within ${wait / 1000} s`;
      throw stuck(message);
    }
    await localCgroups.remove(cgroup);
    if (said.code !== 0) throw failure(['echo', text, '>', file], wordsIn(said.stderr, file));
  };
}

function stuck(message: string, pid?: number): NovaError {
  const look = pid === undefined ? 'dmesg | tail' : `cat /proc/${pid}/stack`;
  return new NovaError('gpu.stuck', message, {
    hint: `see what it waits for: ${look}; what uses the device has to let go of it`,
  });
}

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

async function writeBehind(
  { run }: Scope,
  cgroup: string,
  { file, text, wait }: { readonly file: string; readonly text: string; readonly wait: number },
): Promise<Ended | 'stuck'> {
  const [input, words] = [namelessFile(run, `${text}\n`), namelessFile(run, '')];
  // What is left behind may end at any time; its number may be another file's by then.
  let closed = false;
  try {
    const [program, ...argv] = [...workWrapper(cgroup), requireTool('tee'), '--', file] as const;
    const child = spawn(program, argv, {
      env: commandEnvironment(),
      cwd: '/',
      detached: true,
      stdio: [input, 'ignore', words],
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        if (!closed) resolve({ code: code ?? -1, stderr: readFileSync(`/proc/self/fd/${words}`, 'utf8') });
      });
    });
    ended.catch(() => undefined);
    const late = Promise.withResolvers<'stuck'>();
    const timer = setTimeout(() => late.resolve('stuck'), wait);
    const said = await Promise.race([ended, late.promise]).finally(() => clearTimeout(timer));
    child.unref();
    return said;
  } finally {
    closed = true;
    for (const each of [input, words]) closeSync(each);
  }
}

/** A file that is gone from its folder and can be read from its beginning. */
function namelessFile(folder: string, text: string): number {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `.write-${randomUUID()}`);
  writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  const file = openSync(path, 'r+');
  rmSync(path);
  return file;
}

/** `tee: /sys/…/unbind: No such device`: the reason alone. */
function wordsIn(stderr: string, file: string): string {
  const [, reason] = stderr.split(`${file}: `);
  return reason?.trim() || stderr.replace(/^tee: (?:'standard output': )?/, '').trim();
}
