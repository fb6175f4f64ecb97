import { NovaError } from '../../schema/errors.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { Host } from '../host/host.ts';
import type { Work } from '../reconciler.ts';
import { createBridge, removeBridge, removeUnfinished, setAddress, setBridge } from './bridge.ts';
import { findBridge } from './findParts.ts';
import type { NetworkStep, NetworkStepId } from './diff.ts';
import { configureDnsmasq, removeDnsmasq, startDnsmasq } from './dnsmasq.ts';
import { setForwarding, setRules } from './filter.ts';
import { leasesParent, networksFolder } from './paths.ts';
import { placeOf } from './place.ts';
import type { NetworkSeen } from './seen.ts';
import type { Task } from './task.ts';

/** Runs one step; running it again changes nothing more. */
export async function converge(
  host: Host,
  work: Pick<Work<'network', NetworkSeen, NetworkStep>, 'address' | 'step' | 'resource'>,
  signal: AbortSignal,
): Promise<void> {
  const { address, step, resource } = work;
  const task = { host, place: placeOf(host.scope, host.project, address), signal };
  const plain = acts[step.id];
  if (plain !== undefined) return plain(task);
  const act = actsBySpec[step.id];
  if (act === undefined || resource === undefined) {
    throw new NovaError('internal', `${address} cannot do step ${step.id} without being declared`);
  }
  return act(task, resource.spec);
}

const acts: Partial<Record<NetworkStepId, (task: Task) => Promise<void>>> = {
  moved: takeOver,
  owner: writeOwner,
  unfinished: removeUnfinished,
  'dnsmasq.start': startDnsmasq,
  'dnsmasq.remove': removeDnsmasq,
  'bridge.remove': removeBridge,
  'rules.remove': (task) => setRules(task, undefined),
  remove: removeRest,
};

const actsBySpec: Partial<Record<NetworkStepId, (task: Task, spec: NetworkSpec) => Promise<void>>> = {
  'bridge.create': async (task, spec) => {
    await writeOwner(task);
    await createBridge(task, spec);
  },
  'bridge.set': setBridge,
  address: setAddress,
  forwarding: setForwarding,
  rules: setRules,
  'dnsmasq.config': configureDnsmasq,
};

function writeOwner({ host, place }: Task): Promise<void> {
  return host.files.write(place.paths.owner, place.mark, 0o644);
}

/** What it was called before stands in its marks; the one of the bridge is the last to be written. */
async function takeOver(task: Task): Promise<void> {
  const { host, place } = task;
  const view = host.view();
  const [leases, links] = await Promise.all([view.stat(place.paths.leasesFolder), view.links()]);
  await writeOwner(task);
  if (leases !== undefined) await host.files.write(place.paths.leasesOwner, place.mark, 0o644);
  const bridge = findBridge(links, place);
  if (bridge === undefined || bridge.alias === place.mark) return;
  await host.links.change([{ argv: ['link', 'set', 'dev', bridge.name, 'alias', place.mark] }]);
}

/** The folder that says whose all of this was goes last, so that a crash leaves nothing that nobody knows of. */
async function removeRest(task: Task): Promise<void> {
  const { host, place } = task;
  const { paths, cgroup } = place;
  await setForwarding(task, undefined);
  await removeDnsmasq(task);
  await host.cgroups.remove(cgroup);
  await host.files.remove(paths.leases);
  await host.files.remove(paths.leasesFolder);
  await host.files.removeEmpty(leasesParent(host.scope));
  await host.files.remove(paths.folder);
  await host.files.removeEmpty(networksFolder(host.scope));
}
