import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { NovaError } from '../../schema/errors.ts';
import { cgroupTree, makeCgroup, ours, unifiedFolder } from './cgroupTree.ts';
import { errorCode, fileError, isAbsence, onFile } from './fileErrors.ts';
import type { Cgroups } from './cgroupsPort.ts';
import { whenNothingIsMade } from './sharedFolders.ts';
import { readProcess } from './viewProcesses.ts';

export const localCgroups: Omit<Cgroups, 'limitIo'> = {
  kill: (path, signal) => onFile(`cannot end the processes of ${path}`, () => killAll(path, signal)),
  remove: (path) => onFile(`cannot remove the control group ${path}`, () => removeEverywhere(path)),
  move: (path, process) => onFile(`cannot move process ${process.pid} to ${path}`, () => move(path, process)),
};

function move(path: string, { pid, startTime }: { pid: number; startTime: number }): void {
  if (readProcess(pid)?.startTime !== startTime) return;
  ifThere(() => writeFileSync(`${makeCgroup(path)}/cgroup.procs`, String(pid)));
}

/** ms until what was killed must be gone, and until the kernel must let go of an empty cgroup */
const patience = 10_000;

async function killAll(path: string, signal: AbortSignal): Promise<void> {
  const folder = unifiedFolder(path);
  const deadline = performance.now() + patience;
  for (let pause = 1; isPopulated(folder); pause = Math.min(pause * 2, 50)) {
    if (signal.aborted)
      throw new NovaError('interrupted', `interrupted while ending ${path}`, { hint: 'run again' });
    if (performance.now() > deadline) {
      const pids = processesBelow(folder).join(', ');
      throw new NovaError(
        'host.timeout',
        `processes of ${path} do not end although they were killed: ${pids}`,
        {
          hint: `see what they wait for: cat /proc/${pids.split(', ')[0] ?? 'PID'}/stack`,
        },
      );
    }
    killOnce(folder);
    thaw(path);
    await wait(pause);
  }
}

function isPopulated(folder: string): boolean {
  return /^populated 1$/m.test(ifThere(() => readFileSync(`${folder}/cgroup.events`, 'utf8')) ?? '');
}

/** Linux before 5.14 has no `cgroup.kill`. */
function killOnce(folder: string): void {
  if (existsSync(`${folder}/cgroup.kill`)) {
    ifThere(() => writeFileSync(`${folder}/cgroup.kill`, '1'));
    return;
  }
  for (const pid of processesBelow(folder)) ifThere(() => process.kill(pid, 'SIGKILL'));
}

/** What the version 1 freezer holds does not die before it is let go. */
function thaw(path: string): void {
  const freezer = cgroupTree().controllers.get('freezer');
  if (freezer === undefined) return;
  for (const folder of foldersBelow(freezer + path))
    ifThere(() => writeFileSync(`${folder}/freezer.state`, 'THAWED'));
}

function processesBelow(folder: string): number[] {
  return foldersBelow(folder).flatMap((each) => {
    const lines = ifThere(() => readFileSync(`${each}/cgroup.procs`, 'utf8')) ?? '';
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  });
}

async function removeEverywhere(path: string): Promise<void> {
  ours(path);
  for (const root of cgroupTree().roots) {
    for (const folder of foldersBelow(root + path)) await removeFolder(folder, path);
  }
  whenNothingIsMade(`cgroup ${path}`, () => removeEmptyParents(path));
}

function removeEmptyParents(path: string): void {
  for (const root of cgroupTree().roots)
    for (let parent = dirname(path); parent !== '/'; parent = dirname(parent))
      if (!removeIfEmpty(root + parent)) break;
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (isAbsence(error)) return true;
    if (errorCode(error) === 'EBUSY' || errorCode(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}

/** The kernel takes a moment to let go of a cgroup whose last process has ended. */
async function removeFolder(folder: string, path: string): Promise<void> {
  const deadline = performance.now() + patience / 5;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (isAbsence(error)) return;
      if (errorCode(error) !== 'EBUSY' || performance.now() > deadline)
        throw fileError(`cannot remove ${path}`, error);
      await wait(pause);
    }
  }
}

/** A cgroup and those below it, the deepest first. */
function foldersBelow(folder: string): string[] {
  const inner = ifThere(() => readdirSync(folder, { withFileTypes: true }));
  if (inner === undefined) return [];
  const folders = inner.filter((entry) => entry.isDirectory());
  return [...folders.flatMap((entry) => foldersBelow(`${folder}/${entry.name}`)), folder];
}

function ifThere<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    // A cgroup that is being removed answers ENODEV.
    if (isAbsence(error) || errorCode(error) === 'ENODEV') return undefined;
    throw error;
  }
}
