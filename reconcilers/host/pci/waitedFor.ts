import { readdirSync } from 'node:fs';

import { unifiedFolder } from '../cgroupTree.ts';
import { readMembers } from '../viewProcesses.ts';

/**
 * Devices to which a write of Nova's is under way, in any scope. As long as the kernel does not come back from it, it holds the lock
 * of the device, and whoever reads a file of sysfs that needs the lock waits as well, for ever perhaps.
 */
export function devicesWaitedFor(): ReadonlySet<string> {
  const found = namesIn('/nova').flatMap((scope) => {
    const all = `/nova/${scope}/pci`;
    return namesIn(all).filter((name) => readMembers(`${all}/${name}`).size > 0);
  });
  return new Set(found.map((name) => name.replaceAll('-', ':')));
}

function namesIn(cgroup: string): readonly string[] {
  try {
    // `/nova` itself is the folder around those of scopes.
    const folder = cgroup === '/nova' ? unifiedFolder('/nova/x').slice(0, -2) : unifiedFolder(cgroup);
    const inner = readdirSync(folder, { withFileTypes: true });
    return inner.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // There is none, or no hierarchy that it could be in: nothing is under way.
    return [];
  }
}
