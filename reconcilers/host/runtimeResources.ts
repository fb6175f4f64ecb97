import { readFileSync } from 'node:fs';

import { cgroupTree } from './cgroupTree.ts';
import type { CgroupLimits } from './view.ts';
import { limit } from './viewCgroup.ts';

/** Microseconds in which a CPU quota is counted: the kernel's own default. */
const period = 100_000;

/**
 * Limits as an OCI runtime takes them for an update (`LinuxResources` of the OCI runtime specification); -1 takes one
 * away.
 * @param withSwap whether the limit of memory and swap together, which may never be the smaller one, has to go along
 */
export function updateResources(limits: CgroupLimits, withSwap: boolean): object {
  const memory = limits.memory ?? -1;
  return {
    memory: { limit: memory, ...(withSwap ? { swap: memory } : {}) },
    cpu: { quota: limits.cpu === undefined ? -1 : Math.round(limits.cpu * period), period },
    pids: { limit: limits.pids ?? -1 },
  };
}

/** Whether memory and swap together have a limit: cgroup version 1 only, version 2 counts swap by itself. */
export function isSwapLimited(cgroup: string): boolean {
  const root = cgroupTree().controllers.get('memory');
  if (root === undefined) return false;
  try {
    return limit(readFileSync(`${root}${cgroup}/memory.memsw.limit_in_bytes`, 'utf8').trim()) !== undefined;
  } catch {
    // A kernel that does not account for swap has no such file.
    return false;
  }
}
