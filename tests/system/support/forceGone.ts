import { readdir, rm } from 'node:fs/promises';

import type { Scope } from '../../../reconcilers/identity.ts';
import { localCgroups } from '../../../reconcilers/host/cgroups.ts';
import { must, run } from './shell.ts';

/** Takes away what a scope may still have on this machine when Nova itself failed to: a test that fails leaves nothing. */
export async function forceGone(scope: Scope): Promise<void> {
  const cgroup = `/nova/${scope.id}`;
  await localCgroups.kill(cgroup, AbortSignal.timeout(10_000));
  const mounts = (await must(['cat', '/proc/self/mounts']))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.toReversed()) {
    if (mount.startsWith(`${scope.run}/`)) await run(['umount', '--lazy', mount]);
  }
  await localCgroups.remove(cgroup);
  for (const name of await readdir('/run/netns').catch(() => [])) {
    if (name.startsWith(`nova-${scope.id}-`)) await run(['ip', 'netns', 'delete', name]);
  }
  await rm(scope.run, { recursive: true, force: true });
}
