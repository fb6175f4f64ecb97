import { NovaError } from '../../schema/errors.ts';
import type { RuntimeContainer } from '../host/host.ts';
import { ownProgram } from '../host/ownProgram.ts';
import { runtimeState } from '../host/runtimeFiles.ts';
import { markOf, namespaceName } from '../identity.ts';
import type { Job } from './converge.ts';
import { setAddress } from './convergeAddress.ts';
import { settleNics } from './convergeNics.ts';
import { imageOf, makeRoot } from './convergeRoot.ts';
import { type DesiredBundle, desiredBundle } from './desired.ts';
import type { EtcFiles } from './etcFiles.ts';
import { lifeOf, lookAtLife, processesOf } from './life.ts';
import { containerPaths } from './paths.ts';
import { writeRestartFile } from './restartFile.ts';
import type { Place } from './seen.ts';
import { clear } from './stop.ts';

/** Configuration and generated files. How the last run ended counts no more: this one has not run. */
export async function writeBundle(job: Job): Promise<void> {
  const { host, place } = job;
  const paths = containerPaths(place.scope, place.identity);
  const { config, etcFiles, secretFiles } = await bundleOf(job);
  await host.files.remove(paths.exit);
  await host.files.makeDirectory(paths.run);
  // Made by an earlier step, as a folder above a mount: what it holds from here on is for root alone.
  await host.files.chmod(paths.run, 0o700);
  await host.files.remove(paths.files);
  for (const { source, text } of secretFiles) await host.files.write(source, text, 0o444);
  await writeEtc(job, etcFiles);
  // Starting it finishes a namespace that was left half-made; one that is declared as stopped is not started.
  if (job.resource?.spec.state === 'stopped')
    await host.namespaces.ensure(namespaceName(place.scope, place.identity), markOf(place));
  await host.files.write(paths.config, config);
}

/** Limits of a running capsule; its configuration follows, for the next start. */
export async function limit(job: Job): Promise<void> {
  const { host, place, resource } = job;
  const { process } = await lookAtLife(host.view(), place);
  if (process !== undefined && resource !== undefined) {
    const { memory, cpu, pids, io } = resource.spec.limits;
    await host.runtime.update(place.identity, { memory, cpu, pids });
    await host.cgroups.limitIo(containerPaths(place.scope, place.identity).cgroup, io);
  }
  const { config } = await bundleOf(job);
  await host.files.write(containerPaths(place.scope, place.identity).config, config);
}

async function bundleOf(job: Job): Promise<DesiredBundle> {
  const { place, resource, deps } = job;
  const bundle = resource && desiredBundle(place, resource, await imageOf(job), deps);
  if (bundle !== undefined) return bundle;
  throw new NovaError('internal', `the image of ${place.address} has not been unpacked`);
}

/** What the capsule is called and what it knows of names, whether it runs or not; the configuration tells that it is done. */
export async function setNames(job: Job): Promise<void> {
  const { host, place, resource } = job;
  const { config, etcFiles } = await bundleOf(job);
  const paths = containerPaths(place.scope, place.identity);
  for (const [name, text] of Object.entries(etcFiles))
    await host.files.rewrite(`${paths.etc}/${name}`, text, 0o644);
  const { process } = await lookAtLife(host.view(), place);
  if (process !== undefined && resource !== undefined)
    await host.runtime.setHostname(process, resource.spec.hostname);
  await host.files.write(paths.config, config);
}

/** Only while it does not run: a running capsule goes on seeing the file that was there when it started. */
async function writeEtc({ host, place }: Job, files: EtcFiles): Promise<void> {
  const { etc } = containerPaths(place.scope, place.identity);
  for (const [name, text] of Object.entries(files)) await host.files.write(`${etc}/${name}`, text, 0o644);
}

/** Tells the restart program what to do from now on. */
export async function setRestart({ host, place, resource }: Job): Promise<void> {
  if (resource === undefined) return;
  const paths = containerPaths(place.scope, place.identity);
  const commands = await host.runtime.commands(containerOf(place));
  const file = {
    policy: resource.spec.restart,
    stopTimeout: resource.spec.stop_timeout,
    id: place.identity,
    exit: paths.exit,
    attempts: paths.attempts,
    ...commands,
  };
  await host.files.write(paths.restart, writeRestartFile(file));
}

/** Goes on after a pause (the freezer), a SIGSTOP, or both; and conmon with it. */
export async function resume({ host, place }: Job): Promise<void> {
  const view = host.view();
  const found = await processesOf(view, place);
  const { phase, process } = await lifeOf(view, place, found);
  if (found.conmon?.state === 'T') await host.processes.signal(found.conmon, 'SIGCONT');
  if (phase === 'frozen') await host.runtime.resume(place.identity);
  const halted = phase === 'frozen' || phase === 'signalled';
  if (halted && process !== undefined) await host.processes.signal(process, 'SIGCONT');
}

/** Runs it, whatever is left of an earlier attempt. One that runs already, watched by conmon, is left alone. */
export async function start(job: Job): Promise<void> {
  const { host, place, resource, seen } = job;
  if (resource === undefined) return;
  const paths = containerPaths(place.scope, place.identity);
  const view = host.view();
  const [now, state] = await Promise.all([
    lookAtLife(view, place),
    view.stat(runtimeState(place.scope, place.identity)),
  ]);
  if (now.phase === 'running' && now.conmon) return;
  if (now.busy || now.exit !== undefined || state !== undefined) await clear(job);
  await makeRoot(job);
  if (seen !== undefined) {
    // One that was cut off while it was made has no loopback yet.
    await host.namespaces.ensure(namespaceName(place.scope, place.identity), markOf(place));
    await setAddress(job);
    await settleNics(job);
    await writeEtc(job, (await bundleOf(job)).etcFiles);
  }
  await host.files.write(paths.attempts, JSON.stringify({ count: 0, startedAt: host.clock.now() }));
  await setRestart(job);
  await host.runtime.create(containerOf(place));
  await host.cgroups.limitIo(paths.cgroup, resource.spec.limits.io);
  await host.runtime.start(place.identity);
}

function containerOf({ scope, identity, name }: Place): RuntimeContainer {
  const paths = containerPaths(scope, identity);
  return {
    id: identity,
    uuid: identity,
    name,
    bundle: paths.run,
    pidFile: paths.pid,
    exitDirectory: paths.exits,
    log: paths.log,
    monitorCgroup: paths.monitorCgroup,
    exitCommand: [process.execPath, restartProgram, paths.restart],
  };
}

const restartProgram = ownProgram('reconcilers/container/restart');
