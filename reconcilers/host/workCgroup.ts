import type { Scope } from '../identity.ts';
import { makeCgroup } from './cgroupTree.ts';

/** The cgroup in which Nova's changing children run, so that what a killed run left behind can be ended. */
export function workCgroupOf(scope: Pick<Scope, 'id'>, project: string): string {
  return `/nova/${scope.id}/work-${project}`;
}

/** Where those children find what they are given, and leave what they say. It goes with the cgroup. */
export function workFolderOf({ run }: Pick<Scope, 'run'>, project: string): string {
  return `${run}/work-${project}`;
}

/**
 * What to put before a command so that it runs in a cgroup, which is made. A command whose Nova has died before the
 * cgroup was entered does not begin: nobody would have found it there to end it. The script never changes; what varies
 * are its parameters.
 */
export function workWrapper(cgroup: string): [string, ...string[]] {
  const folder = makeCgroup(cgroup);
  return ['/bin/sh', '-c', enter, 'sh', `${folder}/cgroup.procs`, String(process.pid)];
}

/**
 * The beginning of such a script: `$1` is the file of the cgroup, `$2` the process that has to be alive. The fourth word of /proc/PID/stat is the parent as it is now (proc_pid_stat(5)); `$PPID` is the one at the start.
 */
export const enterScript =
  'echo 0 > "$1" && read -r pid name state parent rest < /proc/$$/stat && [ "$parent" = "$2" ] && shift 2';

const enter = `${enterScript} && exec "$@"`;
