import { existsSync, readFileSync } from 'node:fs';

import { cgroupTree, type CgroupTree, unifiedFolder } from './cgroupTree.ts';
import { isAbsence } from './fileErrors.ts';
import { readIoLimit } from './ioLimit.ts';
import type { CgroupSeen } from './view.ts';

/** Limits and state of one of Nova's cgroups, from the version that governs each; undefined when it is not there. */
export function readCgroup(path: string, data: string): CgroupSeen | undefined {
  const folder = unifiedFolder(path);
  if (!existsSync(folder)) return undefined;
  const own = file(folder);
  const first = (controller: string) => firstVersion(cgroupTree(), controller, path);
  return {
    memory: first('memory')?.limit('memory.limit_in_bytes') ?? limit(own('memory.max')),
    cpu:
      quota(first('cpu')?.file('cpu.cfs_quota_us'), first('cpu')?.file('cpu.cfs_period_us')) ??
      cpuMax(own('cpu.max')),
    pids: first('pids')?.limit('pids.max') ?? limit(own('pids.max')),
    io: readIoLimit(path, data),
    frozen:
      /^frozen 1$/m.test(own('cgroup.events') ?? '') ||
      ['FROZEN', 'FREEZING'].includes(first('freezer')?.file('freezer.state') ?? ''),
  };
}

/** In µs. Every cgroup of version 2 accounts for it, whether the controller is there or not (cgroup-v2, `cpu.stat`). */
export function readCpuTime(path: string): number | undefined {
  const used = /^usage_usec (\d+)$/m.exec(file(unifiedFolder(path))('cpu.stat') ?? '')?.[1];
  return used === undefined ? undefined : Number(used);
}

function firstVersion(tree: CgroupTree, controller: string, path: string) {
  const root = tree.controllers.get(controller);
  if (root === undefined) return undefined;
  const read = file(root + path);
  return { file: read, limit: (name: string) => limit(read(name)) };
}

function file(folder: string): (name: string) => string | undefined {
  return (name) => {
    try {
      return readFileSync(`${folder}/${name}`, 'utf8').trim();
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  };
}

/** No limit is `max` in version 2, and -1 or nearly 2^63 in version 1. */
export function limit(words: string | undefined): number | undefined {
  const value = Number(words ?? 'max');
  return Number.isFinite(value) && value >= 0 && value < 2 ** 62 ? value : undefined;
}

function quota(time: string | undefined, period: string | undefined): number | undefined {
  const [used, of] = [limit(time), limit(period)];
  return used === undefined || of === undefined || of === 0 ? undefined : used / of;
}

/** `max 100000`, or `150000 100000` for 1.5 CPUs. */
function cpuMax(words: string | undefined): number | undefined {
  const [time, period] = (words ?? 'max').split(' ');
  return quota(time, period);
}
