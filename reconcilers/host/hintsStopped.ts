import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

import type { Scope } from '../identity.ts';
import type { HostHints } from './hints.ts';
import { cgroupsOf } from './hintsPaths.ts';

/** ms between two glances; longer where a glance takes long, so that all of them take no more than 1/250 of the time */
const pause = 1_000;
const share = 250;

/** Of each cgroup, the oldest: what runs, and not what it has started. */
const looked = 2;

/**
 * That a process was stopped by a signal, or goes on, the kernel tells to its parent alone (signal(7), SIGCHLD). So the
 * state of what runs is glanced at: one small file of /proc each, no process.
 */
export function createStoppedHints(scope: Scope, changed: (what: string) => void): HostHints {
  let pids: readonly string[] = [];
  let stopped: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;

  const glance = (): void => {
    const begun = performance.now();
    const now = new Set(pids.filter(isStopped));
    const moved = [...now].some((pid) => !stopped.has(pid));
    stopped = now;
    if (moved) changed('signal');
    timer = setTimeout(glance, Math.max(pause, share * (performance.now() - begun)));
    timer.unref();
  };
  glance();

  return {
    refresh() {
      pids = cgroupsOf(scope).flatMap(oldestIn);
    },
    close: () => clearTimeout(timer),
  };
}

function oldestIn(cgroup: string): readonly string[] {
  const text = readOrEmpty(join(cgroup, 'cgroup.procs'));
  return text.split('\n', looked).filter((pid) => pid !== '');
}

/** `pid (name) state …`, where the name may be anything (proc_pid_stat(5)); `T`: by a signal. */
function isStopped(pid: string): boolean {
  try {
    const file = openSync(`/proc/${pid}/stat`, 'r');
    const length = readSync(file, buffer, 0, buffer.length, 0);
    closeSync(file);
    const end = buffer.subarray(0, length).lastIndexOf(')');
    return buffer[end + 2] === 'T'.charCodeAt(0);
  } catch {
    // It has ended.
    return false;
  }
}

/** The state stands right after a name of at most 64 bytes. */
const buffer = Buffer.alloc(128);

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
