import { type FSWatcher, watch } from 'node:fs';

import type { Scope } from '../identity.ts';
import type { HostHints } from './hints.ts';
import { type Watched, watchedOf } from './hintsPaths.ts';

/** inotify on what a scope has: which is found anew with each refresh. */
export function createFolderHints(scope: Scope, changed: (what: string) => void): HostHints {
  const watchers = new Map<string, FSWatcher>();

  const add = (path: string, { what, matters }: Watched): void => {
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (matters === undefined || name === null || matters(name)) changed(what);
      });
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
      const wanted = watchedOf(scope);
      for (const path of [...watchers.keys()]) if (!wanted.has(path)) drop(path);
      for (const [path, watched] of wanted) if (!watchers.has(path)) add(path, watched);
    },
    close() {
      for (const path of [...watchers.keys()]) drop(path);
    },
  };
}
