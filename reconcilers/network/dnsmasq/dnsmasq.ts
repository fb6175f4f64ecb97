import { NovaError } from '../../../schema/errors.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { dnsmasqConf } from './dnsmasqConf.ts';
import type { HostView } from '../../host/host.ts';
import { dnsmasqState, findDnsmasq, forgetsLeases } from '../findParts.ts';
import { ownFilePath, ownFiles, ownFileText, type OwnTexts } from './ownFiles.ts';
import type { NetworkPaths } from '../paths.ts';
import type { Task } from '../task.ts';

/**
 * Writes what dnsmasq reads. It is stopped before its configuration changes, so that a running one has always read
 * the file that is there.
 */
export async function configureDnsmasq(task: Task, spec: NetworkSpec): Promise<void> {
  const { host, place } = task;
  const { paths } = place;
  const view = host.view();
  const config = dnsmasqConf(place, spec, task.deps);
  const folders = [paths.hosts, paths.dhcpHosts, paths.leasesFolder];
  const [current, files, ...stats] = await Promise.all([
    view.read(paths.config),
    readOwnFiles(view, paths),
    ...folders.map((folder) => view.stat(folder)),
  ]);
  const complete = stats.every((stat) => stat?.type === 'directory');
  if (current !== config || !complete) {
    await stopDnsmasq(task);
    await host.files.write(paths.leasesOwner, place.mark, 0o644);
    for (const folder of folders) await host.files.makeDirectory(folder, 0o755);
  }
  for (const file of ownFiles) {
    const [path, text] = [ownFilePath(paths, file), ownFileText(file, spec)];
    if (text === '' && files[file] !== undefined) await host.files.remove(path);
    else if (text !== (files[file] ?? '')) await host.files.write(path, text, 0o644);
  }
  // Last, as it is what shows that all of this was done.
  if (current !== config) await host.files.write(paths.config, config, 0o644);
}

/** Texts of those of a network's own files that are there. */
export async function readOwnFiles(view: HostView, paths: NetworkPaths): Promise<OwnTexts> {
  const texts = await Promise.all(ownFiles.map((file) => view.read(ownFilePath(paths, file))));
  const there = ownFiles.map((file, index) => [file, texts[index]] as const);
  return Object.fromEntries(there.filter(([, text]) => text !== undefined));
}

/** One dnsmasq in its cgroup, running. */
export async function startDnsmasq(task: Task): Promise<void> {
  const { host, place } = task;
  const view = host.view();
  const { paths } = place;
  const [processes, namespace, config, leases] = await Promise.all([
    view.processes(),
    view.namespace(),
    view.read(paths.config),
    view.stat(paths.leases),
  ]);
  const found = findDnsmasq(processes, place);
  const runs = dnsmasqState(found, place, namespace);
  if (runs.process === 'running' && !runs.astray && !forgetsLeases(runs, config, leases)) return;
  if (found.length > 0) await stopDnsmasq(task);
  await host.processes.daemon({ argv: place.argv, cgroup: place.cgroup, inNamespace: true });
}

/** It runs on, and its command line does not say any more whose it is; or says so again. */
export async function renameDnsmasq(task: Task, whose: 'ours' | 'nobodys'): Promise<void> {
  const { host, place } = task;
  const { configOption, paths, cgroup, pidFile } = place;
  const other = `${paths.folder}/dnsmasq.pid`;
  const [wanted, old] = whose === 'ours' ? [pidFile, other] : [other, pidFile];
  const view = host.view();
  const [processes, config] = await Promise.all([view.processes(), view.read(paths.config)]);
  const argv = ['dnsmasq', configOption, `--pid-file=${wanted}`];
  const named = findDnsmasq(processes, place).some((process) => process.argv.includes(argv[2] ?? ''));
  if (config !== undefined && !named) {
    await stopDnsmasq(task);
    await host.processes.daemon({ argv, cgroup, inNamespace: true });
  }
  await host.files.remove(old);
}

export async function removeDnsmasq(task: Task): Promise<void> {
  const { host, place } = task;
  const { paths, pidFile } = place;
  await stopDnsmasq(task);
  // What members have put into its folders is theirs to take out, so that each does what was planned for it.
  const own = ownFiles.map((file) => ownFilePath(paths, file));
  for (const path of [pidFile, paths.log, ...own, paths.config]) await host.files.remove(path);
}

/** Ends all of them, wherever they run. */
async function stopDnsmasq({ host, place, signal }: Task): Promise<void> {
  await host.cgroups.kill(place.cgroup, signal);
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const left = findDnsmasq(await host.view().processes(), place);
    if (left.length === 0) return;
    for (const process of left) await host.processes.signal(process, 'SIGKILL');
    await host.clock.sleep(20, signal);
  }
  throw new NovaError('network.dnsmasq', `${place.address}: its dnsmasq does not end`, {
    hint: `look at the processes in cgroup ${place.cgroup}`,
  });
}
