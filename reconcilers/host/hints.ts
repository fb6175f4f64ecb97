import type { Scope } from '../identity.ts';
import { createFolderHints } from './hintsFolders.ts';
import { createMonitor } from './hintsMonitor.ts';

/** Listens for signs that something of a scope may have changed. A sign is a hint, never a fact. */
export interface HostHints {
  /** Listens to what has come since; to be called whenever something may have been made. */
  refresh(): void;
  close(): void;
}

/**
 * One listener for links, addresses and forwarding (`ip monitor`, rtnetlink(7)), one for packet filters (`nft monitor`), and
 * inotify(7) on the cgroups of everything that runs, whose `cgroup.events` tells when the last process of one has ended
 * (cgroup-v2, "populated"), and on the folders of generated files. However much there is of it, these are two processes.
 * @param changed told what kind of thing it was, for logs
 */
export function watchHost(scope: Scope, changed: (what: string) => void): HostHints {
  const monitors = [
    createMonitor(scope, ['ip', 'monitor', 'link', 'address', 'netconf'], () => changed('network')),
    createMonitor(scope, ['nft', 'monitor'], () => changed('filter')),
  ];
  const folders = createFolderHints(scope, changed);
  const all = [...monitors, folders];
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
