import type { Scope } from '../identity.ts';
import { localCgroups } from './cgroups.ts';
import { workCgroupOf } from './workCgroup.ts';

/**
 * Ends whatever a run that was cut off left at work (an orphaned `ip -batch` goes on changing things), and takes away its
 * cgroup. To be done under the project's lock, before anything is observed. Rejects with `host.timeout` or `interrupted`.
 */
export async function emptyWork(
  scope: Pick<Scope, 'id'>,
  project: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const cgroup = workCgroupOf(scope, project);
  await localCgroups.kill(cgroup, signal);
  await localCgroups.remove(cgroup);
}
