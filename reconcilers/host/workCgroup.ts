import type { Scope } from '../identity.ts';
import { makeCgroup } from './cgroupTree.ts';

/** The cgroup in which Nova's changing children run, so that what a killed run left behind can be ended. */
export function workCgroupOf(scope: Pick<Scope, 'id'>, project: string): string {
  return `/nova/${scope.id}/work-${project}`;
}

/**
 * What to put before a command so that it runs in a cgroup, which is made. The script never changes; what varies are its
 * parameters.
 */
export function workWrapper(cgroup: string): [string, ...string[]] {
  const folder = makeCgroup(cgroup);
  return ['/bin/sh', '-c', 'echo 0 > "$1" && shift && exec "$@"', 'sh', `${folder}/cgroup.procs`];
}
