import { NovaError } from '../../schema/errors.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import { tombstoneOf } from '../forgotten.ts';
import type { Host } from '../host/host.ts';
import { isMarkOf, parseMark } from '../identity.ts';
import type { Work } from '../reconciler.ts';
import { createBridge, removeBridge, removeUnfinished, setBridge } from './bridge.ts';
import { setAddress } from './addresses/bridgeAddress.ts';
import { setRoute } from './addresses/connectedRoute.ts';
import { setUplinks } from './uplinks/convergeUplinks.ts';
import { foreignSeen, releaseAccepts } from './rules/foreignForward.ts';
import { findBridge } from './findParts.ts';
import type { NetworkStep, NetworkStepId } from './diff.ts';
import { configureDnsmasq, renameDnsmasq, removeDnsmasq, startDnsmasq } from './dnsmasq/dnsmasq.ts';
import { rulesAt, setRules } from './rules/filter.ts';
import { releaseEgress, setEgress } from './uplinks/setEgress.ts';
import { setForwarding } from './addresses/forwarding.ts';
import { opensLoopback, setLoopback } from './rules/loopback.ts';
import { isMacvlan, removeMacvlan, setMacvlan } from './macvlan.ts';
import { hasRules } from './rules/networkRules.ts';
import { leasesParent, networksFolder } from './paths.ts';
import { adoptingMark, markOfBridge, placeOf } from './place.ts';
import { releaseRules } from './rules/ruleset.ts';
import type { NetworkSeen } from './seen.ts';
import type { Task } from './task.ts';
import { adoptUplinkVlan, findVlans, setVlans } from './uplinks/vlans.ts';

/** Runs one step; running it again changes nothing more. */
export async function converge(
  host: Host,
  work: Pick<Work<'network', NetworkSeen, NetworkStep>, 'address' | 'step' | 'resource' | 'deps'>,
  signal: AbortSignal,
): Promise<void> {
  const { address, step, resource, deps } = work;
  const task = { host, place: placeOf(host.scope, host.project, address), deps, signal };
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
  forget: giveUp,
  owner: writeOwner,
  unfinished: removeUnfinished,
  'uplinks.release': (task) => setUplinks(task, undefined),
  'vlans.remove': (task) => setVlans(task, undefined),
  'egress.remove': (task) => setEgress(task, undefined),
  'dnsmasq.start': startDnsmasq,
  'dnsmasq.remove': removeDnsmasq,
  'bridge.remove': removeBridge,
  'macvlan.remove': removeMacvlan,
  'rules.remove': (task) => setRules(task, undefined),
  remove: removeRest,
};

/** Nova's marks go, and all that they are on stays; its dnsmasq is started again without the mark. The bridge's is the last to go. */
async function giveUp(task: Task): Promise<void> {
  const { host, place } = task;
  const view = host.view();
  const [tables, links, leases] = await Promise.all([
    view.tables(),
    view.links(),
    view.stat(place.paths.leasesFolder),
  ]);
  const rules = rulesAt(place, tables);
  const released = [
    ...releaseRules(place.table, place.address, rules),
    ...releaseAccepts(foreignSeen(tables, place)),
  ];
  if (released.length > 0) await host.filter.change(released);
  await releaseEgress(task);
  await renameDnsmasq(task, 'nobodys');
  if (leases !== undefined)
    await host.files.write(
      place.paths.leasesOwner,
      tombstoneOf({ project: host.project, address: place.address }),
      0o644,
    );
  await host.files.write(
    place.paths.owner,
    tombstoneOf({ project: host.project, address: place.address }),
    0o644,
  );
  const bridge = findBridge(links, place);
  const marked = [...findVlans(links, place), ...(bridge === undefined ? [] : [bridge])];
  await host.links.change(marked.map(({ name }) => ({ argv: ['link', 'set', 'dev', name, 'alias', ''] })));
}

/** The bridge that bears the network's name gets its mark, unless it bears somebody's. */
async function adopt(task: Task, spec: NetworkSpec): Promise<void> {
  const { host, place } = task;
  const links = await host.view().links();
  if (isMacvlan(spec)) {
    await writeOwner(task);
    return adoptUplinkVlan(task, links, spec);
  }
  const link = links.find(({ name }) => name === place.bridge);
  if (link?.kind !== 'bridge' || (parseMark(link.alias) !== undefined && !isMarkOf(link.alias, place))) {
    throw new NovaError(
      'host.foreign',
      `${place.address}: ${place.bridge} is no bridge that can be taken over`,
      { hint: 'see what it is: ip -d link' },
    );
  }
  await renameDnsmasq(task, 'ours');
  await writeOwner(task);
  await adoptUplinkVlan(task, links, spec);
  await host.links.change([
    { argv: ['link', 'set', 'dev', link.name, 'alias', adoptingMark(place, link.mac)] },
  ]);
}

const actsBySpec: Partial<Record<NetworkStepId, (task: Task, spec: NetworkSpec) => Promise<void>>> = {
  'bridge.create': async (task, spec) => {
    await writeOwner(task);
    await createBridge(task, spec);
    // Where it has no rules of its own there is no step for what Docker would drop of it.
    if (!hasRules(task.place.address, spec, task.deps)) await setRules(task, spec);
  },
  adopt,
  'bridge.set': setBridge,
  macvlan: async (task, spec) => {
    await writeOwner(task);
    await setMacvlan(task, spec);
  },
  uplinks: setUplinks,
  vlans: setVlans,
  egress: setEgress,
  address: setAddress,
  route: setRoute,
  forwarding: setForwarding,
  localnet: (task, spec) => setLoopback(task, opensLoopback(task.place.address, spec, task.deps)),
  rules: setRules,
  'dnsmasq.config': configureDnsmasq,
};

async function writeOwner({ host, place }: Task): Promise<void> {
  const { paths, mark } = place;
  await host.files.write(paths.owner, mark, 0o644);
  if ((await host.view().stat(paths.leasesFolder)) !== undefined)
    await host.files.write(paths.leasesOwner, mark, 0o644);
}

/** What it was called before stands in its marks; the one of the bridge is the last to be written. */
async function takeOver(task: Task): Promise<void> {
  const { host, place } = task;
  const links = await host.view().links();
  await writeOwner(task);
  const bridge = findBridge(links, place);
  const marks = [
    ...findVlans(links, place).map(({ name }) => ({ name, mark: place.mark })),
    ...(bridge === undefined ? [] : [{ name: bridge.name, mark: markOfBridge(place, bridge.alias) }]),
  ];
  const stale = marks.filter(({ name, mark }) =>
    links.some((link) => link.name === name && link.alias !== mark),
  );
  await host.links.change(
    stale.map(({ name, mark }) => ({ argv: ['link', 'set', 'dev', name, 'alias', mark] })),
  );
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
