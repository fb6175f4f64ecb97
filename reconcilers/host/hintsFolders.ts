import { type FSWatcher, statSync, watch } from 'node:fs';

import type { Scope } from '../identity.ts';
import type { HostHints } from './hints.ts';
import { type Watched, watchedOf } from './hintsPaths.ts';

/** inotify on what a scope has: which is found anew with each refresh. */
export function createFolderHints(scope: Scope, changed: (what: string) => void): HostHints {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number | undefined }>();

  const add = (path: string, inode: number | undefined, { what, matters }: Watched): void => {
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (matters === undefined || name === null || matters(name)) changed(what);
      });
      watchers.set(path, { watcher, inode });
      watcher.on('error', () => drop(path));
    } catch {
      // It has gone this moment, or there are more than the kernel allows: it is looked at now and then all the same.
    }
  };

  const drop = (path: string): void => {
    watchers.get(path)?.watcher.close();
    watchers.delete(path);
  };

  return {
    refresh() {
      const wanted = watchedOf(scope);
      for (const path of [...watchers.keys()]) if (!wanted.has(path)) drop(path);
      for (const [path, watched] of wanted) {
        const inode = inodeOf(path);
        const known = watchers.get(path);
        // What was made anew under its old name is another one, of which nothing is heard yet.
        if (known !== undefined && known.inode === inode) continue;
        drop(path);
        add(path, inode, watched);
      }
    },
    close() {
      for (const path of [...watchers.keys()]) drop(path);
    },
  };
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
