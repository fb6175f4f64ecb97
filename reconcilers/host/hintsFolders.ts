import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

import type { Scope } from '../identity.ts';
import type { HostHints } from './hints.ts';

/** inotify on what a scope has: which is found anew with each refresh. */
export function createFolderHints(scope: Scope, changed: (what: string) => void): HostHints {
  const watchers = new Map<string, FSWatcher>();

  const add = (path: string, what: string): void => {
    try {
      const watcher = watch(path, { persistent: false }, () => changed(what));
      watchers.set(path, watcher);
      watcher.on('error', () => drop(path));
    } catch {
      // It has gone this moment, or there are more than the kernel allows: it is looked at now and then all the same.
    }
  };

  const drop = (path: string): void => {
    watchers.get(path)?.close();
    watchers.delete(path);
  };

  return {
    refresh() {
      const wanted = new Map([
        ...cgroupEvents(scope).map((path) => [path, 'process'] as const),
        ...foldersOf(scope).map((path) => [path, 'file'] as const),
      ]);
      for (const path of [...watchers.keys()]) if (!wanted.has(path)) drop(path);
      for (const [path, what] of wanted) if (!watchers.has(path)) add(path, what);
    },
    close() {
      for (const path of [...watchers.keys()]) drop(path);
    },
  };
}

/** Of every cgroup of the scope, two levels deep: those of resources, and of the parts of one. */
function cgroupEvents({ id }: Scope): readonly string[] {
  const root = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']
    .map((mount) => join(mount, 'nova', id))
    .find((path) => existsSync(join(path, 'cgroup.events')));
  if (root === undefined) return [];
  const resources = foldersIn(root).filter((path) => !path.includes('/work-'));
  return [...resources, ...resources.flatMap(foldersIn)].map((path) => join(path, 'cgroup.events'));
}

/**
 * Generated files, exit files and sockets in the folder of what runs; and the folder that volumes are in, which tells when
 * one of them is removed or gets another mode or owner, but nothing of what is in them.
 */
function foldersOf({ run, data }: Scope): readonly string[] {
  const kinds = ['containers', 'networks', 'vms'].map((kind) => join(run, kind)).filter(existsSync);
  const resources = kinds.flatMap(foldersIn);
  const parts = resources.flatMap(foldersIn).filter((path) => path.endsWith('/exits'));
  return [...kinds, ...resources, ...parts, ...foldersIn(join(data, 'volumes'))];
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name));
  } catch {
    return [];
  }
}
