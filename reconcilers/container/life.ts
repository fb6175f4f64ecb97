import type { HostView } from '../host/host.ts';
import { lastWords } from './entrusted.ts';
import { containerPaths } from './paths.ts';
import { findProcesses, type Found, phaseOf } from './phase.ts';
import type { ContainerSeen, Place } from './seen.ts';

/** Whether a container runs, and how its last run ended. */
export type Life = Pick<
  ContainerSeen,
  'phase' | 'process' | 'exit' | 'log' | 'conmon' | 'unwatched' | 'busy' | 'leftover'
>;

/** Of one container: what its cgroup and the files of conmon tell, and nothing of its network or its root. */
export async function lookAtLife(view: HostView, place: Place): Promise<Life> {
  return lifeOf(view, place, await processesOf(view, place));
}

export async function processesOf(view: HostView, place: Place): Promise<Found> {
  const paths = containerPaths(place.scope, place.identity);
  const [members, pid] = await Promise.all([view.members(paths.cgroup), view.read(paths.pid)]);
  return findProcesses(members.values(), place, Number(pid));
}

export async function lifeOf(view: HostView, place: Place, found: Found): Promise<Life> {
  const paths = containerPaths(place.scope, place.identity);
  const common = {
    conmon: found.conmon !== undefined,
    unwatched: found.conmon?.state === 'T',
    busy: found.any !== undefined,
  };
  if (found.init === undefined) {
    const exit = parseExit(await view.read(paths.exit));
    const phase = phaseOf({ ...found, exit, created: false, frozen: false });
    const log = exit === undefined || exit === 0 ? [] : await lastWords(view, paths);
    const leftover = (await view.read(paths.pid)) !== undefined;
    return { ...common, phase, process: undefined, exit, log, ...(leftover ? { leftover } : {}) };
  }
  const [cgroup, fifo] = await Promise.all([view.cgroup(paths.capsuleCgroup), view.stat(paths.fifo)]);
  const state = { ...found, exit: undefined, created: fifo !== undefined, frozen: cgroup?.frozen ?? false };
  const { pid, startTime } = found.init;
  return { ...common, phase: phaseOf(state), process: { pid, startTime }, exit: undefined, log: [] };
}

function parseExit(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]+\s*$/.test(text) ? Number(text) : undefined;
}
