import type { Job } from './converge.ts';
import { containerPaths } from './paths.ts';
import { processesOf } from './life.ts';
import { readRestartFile } from './restartFile.ts';

/**
 * Ends a capsule: SIGTERM, and SIGKILL for whatever is left after its time. First the restart program is told nothing,
 * so that it takes the end for what it is.
 */
export async function stop(job: Job): Promise<void> {
  const { host, place } = job;
  const paths = containerPaths(place.scope, place.identity);
  const view = host.view();
  const [{ init }, text, created, cgroup] = await Promise.all([
    processesOf(view, place),
    view.read(paths.restart),
    view.stat(paths.fifo),
    view.cgroup(paths.capsuleCgroup),
  ]);
  await host.files.remove(paths.restart);
  if (init !== undefined && created === undefined) {
    // What is frozen would not see the signal.
    if (cgroup?.frozen === true) await host.runtime.resume(place.identity);
    await host.processes.signal(init, 'SIGTERM');
    await host.processes.signal(init, 'SIGCONT');
    await ended(job, init, (readRestartFile(text)?.stopTimeout ?? defaultTimeout) * 1000);
  }
  await clear(job);
}

/** seconds */
const defaultTimeout = 10;

/** Waits until that process is gone, or the time (ms) is over. */
async function ended(
  { host, signal }: Job,
  init: { pid: number; startTime: number },
  timeout: number,
): Promise<void> {
  const deadline = host.clock.now() + timeout;
  for (let pause = 10; host.clock.now() < deadline; pause = Math.min(pause * 2, 200)) {
    await host.clock.sleep(Math.min(pause, Math.max(1, deadline - host.clock.now())), signal);
    const now = await host.view().process(init.pid);
    if (now?.startTime !== init.startTime) return;
  }
}

/** Takes away every process of it, conmon and restart program included, and what they left. */
export async function clear({ host, place, signal }: Job): Promise<void> {
  const paths = containerPaths(place.scope, place.identity);
  await host.files.remove(paths.restart);
  await host.cgroups.kill(paths.cgroup, signal);
  await host.runtime.delete(place.identity);
  await host.cgroups.remove(paths.cgroup);
  for (const path of [paths.exit, paths.pid]) await host.files.remove(path);
}
