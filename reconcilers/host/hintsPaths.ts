import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { Scope } from '../identity.ts';

/** A file or a folder that inotify(7) tells of. */
export interface Watched {
  readonly what: 'process' | 'limit' | 'file' | 'namespace';
  /** Which of the names in a folder matter; default: all. */
  readonly matters?: (name: string) => boolean;
}

/** What of a scope there is to listen to, as it is now. */
export function watchedOf(scope: Scope): ReadonlyMap<string, Watched> {
  const groups = cgroupsOf(scope);
  return new Map<string, Watched>([
    ...groups.map((path) => [join(path, 'cgroup.events'), { what: 'process' }] as const),
    ...[...groups, ...controllerGroupsOf(scope)].map(
      (path) => [path, { what: 'limit', matters: isLimit }] as const,
    ),
    ...foldersOf(scope).map((path) => [path, { what: 'file' }] as const),
    ['/run/netns', { what: 'namespace', matters: (name) => name.includes(scope.id) }],
  ]);
}

/** Of the hierarchy that knows processes: cgroups of resources, and of the parts of one. */
export function cgroupsOf({ id }: Scope): readonly string[] {
  const root = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']
    .map((mount) => join(mount, 'nova', id))
    .find((path) => existsSync(join(path, 'cgroup.events')));
  return root === undefined ? [] : twoDeep(root);
}

/** Of the first version's hierarchies: what a limit or the freezer is written to. */
function controllerGroupsOf({ id }: Scope): readonly string[] {
  return ['memory', 'cpu', 'pids', 'blkio', 'freezer']
    .map((controller) => join('/sys/fs/cgroup', controller, 'nova', id))
    .flatMap(twoDeep);
}

function twoDeep(root: string): readonly string[] {
  const resources = foldersIn(root).filter((path) => !basename(path).startsWith('work-'));
  return [...resources, ...resources.flatMap(foldersIn)];
}

/** Processes come and go in them all the time; that the last one went is told by `cgroup.events`. */
function isLimit(name: string): boolean {
  return !/^(tasks|cgroup\.(procs|threads|events))$/.test(name);
}

/**
 * Generated files, exit files and sockets in the folder of what runs; and the folder that volumes are in, which tells when
 * one of them is removed or gets another mode or owner, but nothing of what is in them.
 */
function foldersOf({ run, data }: Scope): readonly string[] {
  const kinds = ['containers', 'networks', 'vms'].map((kind) => join(run, kind)).filter(existsSync);
  const resources = kinds.flatMap(foldersIn);
  const parts = resources
    .flatMap(foldersIn)
    .filter((path) => path.endsWith('/exits') || dirname(path).startsWith(join(run, 'networks')));
  return [...kinds, ...resources, ...parts, ...foldersIn(join(data, 'volumes'))];
}

/** Folders in a folder; none when it is not there. */
export function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name));
  } catch {
    return [];
  }
}
