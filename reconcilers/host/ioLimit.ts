import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { cgroupTree, unifiedFolder } from './cgroupTree.ts';
import { isAbsence } from './fileErrors.ts';
import { parseMountInfo } from './mountInfo.ts';

/**
 * Number of the whole disk that a folder is on, as `254:0`: the kernel takes no partition. Undefined for what is on no
 * disk of its own, as memory. The folder need not be there yet.
 */
export function diskUnder(folder: string): string | undefined {
  let place = folder;
  while (!existsSync(place) && place !== '/') place = dirname(place);
  const device = numberOf(statSync(place).dev);
  const known = existsSync(`/sys/dev/block/${device}`) ? device : sourceOf(place);
  if (known === undefined) return undefined;
  const sys = `/sys/dev/block/${known}`;
  return readIfThere(existsSync(`${sys}/partition`) ? `${sys}/../dev` : `${sys}/dev`)?.trim();
}

/** A filesystem over several disks (btrfs) has a number of its own; what is mounted is one of its disks. */
function sourceOf(place: string): string | undefined {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const above = mounts.filter(({ target }) => `${place}/`.startsWith(target === '/' ? target : `${target}/`));
  const source = above.toSorted((a, b) => a.target.length - b.target.length).at(-1)?.source;
  if (source === undefined || !source.startsWith('/dev/') || !existsSync(source)) return undefined;
  return numberOf(statSync(source).rdev);
}

/** Linux's makedev(3): twelve bits of the major number from bit 8, the minor's low eight bits below, the rest above. */
function numberOf(device: number): string {
  const [high, low] = [Math.floor(device / 2 ** 20), device % 2 ** 20];
  return `${low >>> 8}:${high * 256 + (low & 0xff)}`;
}

/** Why bytes per second cannot be limited for what is kept in a folder; undefined when they can. */
export function ioLimitLack(folder: string): { readonly why: string; readonly hint: string } | undefined {
  const { controllers, unified } = cgroupTree();
  if (controllers.has('blkio')) {
    return {
      why: 'the limit of a disk is one of cgroup version 1 here, which does not count what is written through memory',
      hint: 'leave limits.io out, or boot with systemd.unified_cgroup_hierarchy=1 (cgroup version 2 alone)',
    };
  }
  if (!words(readIfThere(`${unified}/cgroup.controllers`)).includes('io')) {
    return {
      why: 'the kernel has no controller io',
      hint: 'leave limits.io out, or use a kernel that has it',
    };
  }
  if (diskUnder(folder) !== undefined) return undefined;
  return {
    why: `${folder} is on no disk, but in memory or on the network`,
    hint: 'leave limits.io out, or choose a data directory on a disk with --data-dir',
  };
}

/**
 * bytes per second that a cgroup and those below it may read from the disk under a folder, and as many to write;
 * undefined: no limit. 0 is read where the two differ, which is no limit of Nova's.
 */
export function readIoLimit(cgroup: string, folder: string): number | undefined {
  const line = ioMax(cgroup, folder);
  if (line === undefined) return undefined;
  const [read, write] = ['rbps', 'wbps'].map((name) =>
    line.find((word) => word.startsWith(`${name}=`))?.slice(5),
  );
  if (read !== write) return 0;
  return read === undefined || read === 'max' ? undefined : Number(read);
}

function ioMax(cgroup: string, folder: string): readonly string[] | undefined {
  const text = readIfThere(`${unifiedFolder(cgroup)}/io.max`);
  // Most have no limit: then which disk it is need not be found out.
  if (text === undefined || text.trim() === '') return undefined;
  const disk = diskUnder(folder);
  return text
    .split('\n')
    .map(words)
    .find(([device]) => device === disk);
}

/** Sets what `readIoLimit` reads. Throws `capability.missing` where that cannot be. */
export function writeIoLimit(cgroup: string, folder: string, limit: number | undefined): void {
  if (limit === undefined && readIoLimit(cgroup, folder) === undefined) return;
  const lack = ioLimitLack(folder);
  if (lack !== undefined)
    throw new NovaError('capability.missing', `limits.io: ${lack.why}`, { hint: lack.hint });
  const { unified } = cgroupTree();
  const parts = cgroup.split('/').slice(1, -1);
  // A controller is there below a cgroup only when every one above hands it on.
  for (const [index] of ['', ...parts].entries())
    writeFileSync(`${[unified, ...parts.slice(0, index)].join('/')}/cgroup.subtree_control`, '+io');
  const rate = limit ?? 'max';
  writeFileSync(`${unifiedFolder(cgroup)}/io.max`, `${diskUnder(folder)} rbps=${rate} wbps=${rate}`);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function words(text = ''): readonly string[] {
  return text.split(/\s+/).filter(Boolean);
}
