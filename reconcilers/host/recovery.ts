import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { acquireLock } from '../../stateStore/lock.ts';
import type { Scope } from '../identity.ts';
import { localCgroups } from './cgroups.ts';
import { errorCode, isAbsence } from './fileErrors.ts';
import { removeKvmProbe } from './acceleratorProbe.ts';
import { settleWriters } from './pci/settleWriters.ts';
import { removeProbe } from './runtimeProbe.ts';
import { sysctlLock } from './sysctls.ts';
import { workCgroupOf, workFolderOf } from './workCgroup.ts';

/**
 * Ends what a run that was cut off left at work (an orphaned `ip -batch` goes on changing things), and takes away what it
 * had no time to: its cgroup, a trial of the OCI runtime, a lock that nobody holds. To be done under the project's lock,
 * before anything is observed. Rejects with `host.timeout` or `interrupted`.
 */
export async function emptyWork(
  scope: Pick<Scope, 'id' | 'run'>,
  project: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const cgroup = workCgroupOf(scope, project);
  await localCgroups.kill(cgroup, signal);
  await localCgroups.remove(cgroup);
  await settleWriters(scope);
  removeWorkFolder(scope, project);
  await removeProbe(scope, project);
  removeKvmProbe(scope, project);
  await removeIdleLock(sysctlLock(scope));
}

/** With the folders around it, when nothing else is in them. */
function removeWorkFolder(scope: Pick<Scope, 'run'>, project: string): void {
  const folder = workFolderOf(scope, project);
  if (!existsSync(folder)) return;
  rmSync(folder, { recursive: true, force: true });
  try {
    for (const around of [scope.run, dirname(scope.run)]) rmdirSync(around);
  } catch (error) {
    if (!isAbsence(error) && !['ENOTEMPTY', 'EBUSY'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** Whoever takes a lock takes its file away when it lets go; one that is held is left alone. */
async function removeIdleLock(path: string): Promise<void> {
  if (!existsSync(path)) return;
  try {
    (await acquireLock({ path, owner: { pid: process.pid, command: 'recovery' }, timeout: 0 })).release();
  } catch (error) {
    if (!(error instanceof NovaError) || error.code !== 'state.locked') throw error;
  }
}
