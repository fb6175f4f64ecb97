import { NovaError } from '../../schema/errors.ts';
import type { QmpCommand } from '../host/host.ts';
import type { Job } from './converge.ts';
import { lookAt } from './lookAt.ts';
import { vmPaths } from './paths.ts';

/** seconds */
const defaultTimeout = 30;
/** ms for an answer of a QEMU, and for it to end when it is asked to */
const patience = 2_000;

/**
 * Ends a machine: its power button and the time that it is given, then its plug, then the process itself. One that does
 * not answer is not waited for.
 */
export async function stop(job: Job): Promise<void> {
  const { host, place, resource, signal } = job;
  const { qmp, cgroup, pid, console } = vmPaths(place.scope, place.identity);
  const seen = await lookAt(host.view(), place);
  const qemu = seen?.process;
  if (seen !== undefined && qemu !== undefined) {
    const seconds = resource?.spec.stop_timeout ?? seen.stopTimeout ?? defaultTimeout;
    if (seen.phase === 'signalled') await host.processes.signal(qemu, 'SIGCONT');
    const resumed: readonly QmpCommand[] = seen.phase === 'paused' ? [{ execute: 'cont' }] : [];
    const pressed =
      seen.phase !== 'mute' && (await asked(job, qmp, [...resumed, { execute: 'system_powerdown' }]));
    const ended = pressed && (await hasEnded(job, qemu, seconds * 1000));
    const unplugged = !ended && pressed && (await asked(job, qmp, [{ execute: 'quit' }]));
    if (unplugged) await hasEnded(job, qemu, patience);
    await host.processes.signal(qemu, 'SIGKILL');
    await hasEnded(job, qemu, patience);
  }
  await host.cgroups.kill(cgroup, signal);
  for (const path of [qmp, console, pid]) await host.files.remove(path);
}

/** Whether QEMU took the commands; one that ends while it answers has taken them. */
async function asked({ host }: Job, socket: string, commands: readonly QmpCommand[]): Promise<boolean> {
  try {
    await host.qmp.run(socket, commands, patience);
    return true;
  } catch (error) {
    if (error instanceof NovaError && (error.code === 'host.command' || error.code === 'host.timeout'))
      return false;
    throw error;
  }
}

/** Waits until that process is gone, or the time (ms) is over; whether it is gone. */
async function hasEnded(
  { host, signal }: Job,
  qemu: { readonly pid: number; readonly startTime: number },
  timeout: number,
): Promise<boolean> {
  const deadline = host.clock.now() + timeout;
  for (let pause = 10; ; pause = Math.min(pause * 2, 200)) {
    const now = await host.view().process(qemu.pid);
    if (now?.startTime !== qemu.startTime) return true;
    if (host.clock.now() >= deadline) return false;
    await host.clock.sleep(Math.min(pause, Math.max(1, deadline - host.clock.now())), signal);
  }
}
