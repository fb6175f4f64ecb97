import { NovaError } from '../../schema/errors.ts';
import { linkName } from '../identity.ts';
import type { Job } from './converge.ts';
import { credentialFiles } from './credentials.ts';
import { desiredHardware } from './desired.ts';
import { findQemu, isBusy, lookAt } from './lookAt.ts';
import { lookAtGpus } from './lookAtGpus.ts';
import { vmPaths } from './paths.ts';
import { qemuArgs } from './qemuArgs.ts';

/** ms for each answer of a QEMU */
const patience = 5_000;

/** Starts QEMU, unless there is one: never a second one on the same disk. */
export async function start(job: Job): Promise<void> {
  const { host, place, resource, deps, signal } = job;
  if (resource === undefined) return;
  const paths = vmPaths(place.scope, place.identity);
  // Only what speaks against it is looked at: a machine's start is waited for.
  const processes = [...(await host.view().processes()).values()];
  if (findQemu(processes, place.identity) !== undefined) return;
  if (isBusy(processes, paths.cgroup)) await host.cgroups.kill(paths.cgroup, signal);
  const { accel } = resource.spec;
  const accelerator = accel === 'auto' ? await host.accelerator() : accel;
  const gpus = await lookAtGpus(host.view(), place, resource.spec, 0);
  const hardware = desiredHardware(place, resource, deps, accelerator, gpus);
  if (hardware === undefined)
    throw new NovaError('internal', `an image or a device of ${place.address} is not known`);
  for (const folder of [paths.run, paths.data]) await host.files.makeDirectory(folder);
  await writeCredentials(job);
  await setStopTimeout(job);
  await host.processes.start({
    argv: qemuArgs(hardware),
    cgroup: paths.cgroup,
    inNamespace: true,
    ...(hardware.network?.macvtap === true ? { macvtap: linkName(place.identity) } : {}),
    up: async () => (await host.view().qmp(paths.qmp)) !== undefined,
  });
}

/** QEMU reads them once, when it starts; they stay, to be compared with. */
async function writeCredentials({ host, place, resource }: Job): Promise<void> {
  const { credentials: folder } = vmPaths(place.scope, place.identity);
  await host.files.remove(folder);
  const files = resource === undefined ? [] : credentialFiles(folder, resource.spec);
  if (files.length > 0) await host.files.makeDirectory(folder);
  for (const { path, text } of files) await host.files.write(path, text);
}

/** Goes on after a SIGSTOP or a pause. */
export async function resume({ host, place }: Job): Promise<void> {
  const { qmp } = vmPaths(place.scope, place.identity);
  const seen = await lookAt(host.view(), place);
  if (seen?.process === undefined) return;
  if (seen.phase === 'signalled') await host.processes.signal(seen.process, 'SIGCONT');
  const status = seen.phase === 'signalled' ? await host.view().qmp(qmp) : seen.phase;
  if (status !== undefined && status !== 'running') await host.qmp.run(qmp, [{ execute: 'cont' }], patience);
}

export async function moveHome({ host, place }: Job): Promise<void> {
  const { cgroup } = vmPaths(place.scope, place.identity);
  const qemu = findQemu((await host.view().processes()).values(), place.identity);
  if (qemu !== undefined) await host.cgroups.move(cgroup, qemu);
}

/** Tells whoever stops it when it is not declared any more. */
export async function setStopTimeout({ host, place, resource }: Job): Promise<void> {
  if (resource === undefined) return;
  const { stopTimeout } = vmPaths(place.scope, place.identity);
  await host.files.write(stopTimeout, `${resource.spec.stop_timeout}\n`);
}
