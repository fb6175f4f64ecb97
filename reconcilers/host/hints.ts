import type { Scope } from '../identity.ts';
import { createFolderHints } from './hintsFolders.ts';
import { createMonitor } from './hintsMonitor.ts';
import { createQmpHints } from './hintsQmp.ts';
import { createStoppedHints } from './hintsStopped.ts';

/** Listens for signs that something of a scope may have changed. A sign is a hint, never a fact. */
export interface HostHints {
  /** Listens to what has come since; to be called whenever something may have been made. */
  refresh(): void;
  close(): void;
}

/**
 * One listener for links, addresses, routes and forwarding in the namespace and in those of its capsules (`ip monitor all-nsid`,
 * rtnetlink(7)), one for packet filters (`nft monitor`), inotify(7) on control groups and folders (`hintsPaths.ts`), the
 * events of every QEMU, and a glance at what a signal has stopped. However much there is of it, these are two processes.
 * @param changed told what kind of thing it was, for logs
 */
export function watchHost(scope: Scope, changed: (what: string) => void): HostHints {
  const all = [
    createMonitor(scope, ['ip', 'monitor', 'link', 'address', 'route', 'rule', 'netconf', 'all-nsid'], () =>
      changed('network'),
    ),
    createMonitor(scope, ['nft', 'monitor'], () => changed('filter')),
    createFolderHints(scope, changed),
    createQmpHints(scope, changed),
    createStoppedHints(scope, changed),
  ];
  const refresh = (): void => {
    for (const each of all) each.refresh();
  };
  refresh();
  return {
    refresh,
    close: () => {
      for (const each of all) each.close();
    },
  };
}
