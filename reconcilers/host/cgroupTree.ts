import { mkdirSync, readFileSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import { errorCode, fileError } from './fileErrors.ts';
import { parseMountInfo } from './mountInfo.ts';

/** Where the hierarchies of control groups are mounted. */
export interface CgroupTree {
  /** Mount point of the unified hierarchy. */
  readonly unified: string;
  /** Mount point of each version 1 controller, as `memory`; empty where everything is unified. */
  readonly controllers: ReadonlyMap<string, string>;
  /** Every mount point, the unified one first. */
  readonly roots: readonly string[];
}

let known: CgroupTree | undefined;

/** The machine's hierarchies, found once. Throws `capability.missing` when there is no unified one. */
export function cgroupTree(): CgroupTree {
  known ??= findCgroupTree(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (known !== undefined) return known;
  throw new NovaError('capability.missing', 'no cgroup2 filesystem is mounted', {
    hint: 'mount it: mount -t cgroup2 none /sys/fs/cgroup/unified (or /sys/fs/cgroup where nothing is mounted there)',
  });
}

/** @param mountInfo text of `/proc/self/mountinfo` */
export function findCgroupTree(mountInfo: string): CgroupTree | undefined {
  const mounts = parseMountInfo(mountInfo).filter(
    (mount) => mount.type === 'cgroup' || mount.type === 'cgroup2',
  );
  const unified = mounts.find((mount) => mount.type === 'cgroup2')?.target;
  if (unified === undefined) return undefined;
  const first = mounts.filter((mount) => mount.type === 'cgroup');
  const controllers = new Map(
    first.flatMap((mount) => mount.options.split(',').map((option) => [option, mount.target] as const)),
  );
  return { unified, controllers, roots: [...new Set([unified, ...first.map((mount) => mount.target)])] };
}

/** Folder of one of Nova's cgroups in the unified hierarchy. Refuses any path that is not below `/nova`. */
export function unifiedFolder(path: string): string {
  return cgroupTree().unified + ours(path);
}

/** The path itself, when it can only be one of Nova's. */
export function ours(path: string): string {
  if (/^\/nova(\/[\w.-]+)+$/.test(path) && !path.split('/').includes('..')) return path;
  throw new NovaError('internal', `${path} is not a control group of Nova`);
}

/** Makes a cgroup with its parents in the unified hierarchy; another's removal of an empty parent may cross it. */
export function makeCgroup(path: string): string {
  const folder = unifiedFolder(path);
  for (let attempt = 0; ; attempt++) {
    try {
      mkdirSync(folder, { recursive: true });
      return folder;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || attempt === 10)
        throw fileError(`cannot make the control group ${path}`, error);
    }
  }
}
