import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import type { Scope } from '../../identity.ts';
import { unifiedFolder } from '../cgroupTree.ts';
import { localCgroups } from '../cgroups.ts';
import { isAbsence } from '../fileErrors.ts';
import { readMembers } from '../viewProcesses.ts';
import { writersCgroup } from './pciPort.ts';

/** ms for which the write of a run that was cut off is waited for */
const patience = 2_000;

/**
 * Takes away the cgroups of writes that have ended. One that is under way goes on although its run was cut off, and has
 * mostly ended a moment later; one from which the kernel does not come back stays, and is told of when its device is
 * looked at.
 */
export async function settleWriters(scope: Pick<Scope, 'id'>): Promise<void> {
  const all = writersCgroup(scope);
  const names = namesIn(all);
  if (names.length === 0) return;
  const deadline = performance.now() + patience;
  while (youngOnes(all) && performance.now() < deadline) await wait(20);
  for (const name of names) {
    const cgroup = `${all}/${name}`;
    if (readMembers(cgroup).size === 0) await localCgroups.remove(cgroup);
  }
}

/** Seconds of age from which nothing more is expected of a write soon. */
const old = 10;

function youngOnes(cgroup: string): boolean {
  const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
  // Start times are in USER_HZ, which is 100 wherever Linux runs.
  return [...readMembers(cgroup).values()].some(({ startTime }) => uptime - startTime / 100 < old);
}

function namesIn(cgroup: string): readonly string[] {
  try {
    const inner = readdirSync(unifiedFolder(cgroup), { withFileTypes: true });
    return inner.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}
