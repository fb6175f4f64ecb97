import type { Process } from '../host/view.ts';
import { containerPaths } from './paths.ts';
import type { Phase, Place } from './seen.ts';

/** The processes of a container, told apart by cgroup and command line. */
export interface Found {
  /** The one that everything in the capsule descends from. */
  readonly init: Process | undefined;
  readonly conmon: Process | undefined;
  /** The restart program. */
  readonly restarter: Process | undefined;
  /** Any of its processes at all. */
  readonly any: Process | undefined;
}

/**
 * Pure.
 * @param pid from the pid file; not believed when no such process is in the capsule's cgroup, which may have been
 * restarted since: then it is the oldest one there
 */
export function findProcesses(processes: Iterable<Process>, place: Place, pid: number): Found {
  const { cgroup, capsuleCgroup, monitorCgroup } = containerPaths(place.scope, place.identity);
  const own = [...processes].filter((process) => isIn(process, cgroup));
  const capsule = own.filter((process) => isIn(process, capsuleCgroup));
  const monitor = own.filter((process) => isIn(process, monitorCgroup));
  return {
    init: capsule.find((process) => process.pid === pid) ?? oldest(capsule),
    conmon: monitor.find(({ argv }) => argv[0] === 'conmon' || argv[0]?.endsWith('/conmon')),
    restarter: monitor.find(({ argv }) => argv.some((word) => restartProgram.test(word))),
    any: own[0],
  };
}

/** In source and as compiled. */
const restartProgram = /\/reconcilers\/container\/restart\.[jt]s$/;

/** Pure: in which of its phases a capsule is. */
export function phaseOf(state: {
  readonly init: Process | undefined;
  readonly restarter: Process | undefined;
  /** The runtime waits for `start`. */
  readonly created: boolean;
  readonly frozen: boolean;
  readonly exit: number | undefined;
}): Phase {
  if (state.init !== undefined) {
    if (state.created) return 'created';
    if (state.frozen) return 'frozen';
    return state.init.state === 'T' ? 'signalled' : 'running';
  }
  if (state.restarter !== undefined) return 'restarting';
  return state.exit === undefined ? 'gone' : 'exited';
}

function isIn({ cgroup }: Process, folder: string): boolean {
  return cgroup === folder || cgroup.startsWith(`${folder}/`);
}

function oldest(processes: readonly Process[]): Process | undefined {
  return processes.toSorted((a, b) => a.startTime - b.startTime)[0];
}
