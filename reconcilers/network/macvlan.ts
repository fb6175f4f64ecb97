import type { NetworkSpec } from '../../schema/network.ts';
import type { Link } from '../host/view.ts';
import { parseMark } from '../identity.ts';
import type { FieldChange, Obstacle } from '../reconciler.ts';
import type { NetworkStep } from './diff.ts';
import { uplinkVlanName } from './uplinks/egress.ts';
import { removeEgress } from './uplinks/diffEgress.ts';
import { removeUplinks } from './uplinks/diffUplinks.ts';
import { linkNamed, linksOfKind } from './linkIndex.ts';
import type { NetworkSeen } from './seen.ts';
import type { Task } from './task.ts';

/** What is there of a network whose members share a link of the host: links of its own it has none. */
export interface MacvlanSeen {
  /** What is noted that they share. */
  readonly noted: string | undefined;
  /** The link that they are to share is up; undefined: it is not there, or not declared. */
  readonly up: boolean | undefined;
}

/** Whether members of a network share a link of the host in place of being on a bridge. */
export function isMacvlan({ type }: Pick<NetworkSpec, 'type'>): boolean {
  return type === 'macvlan';
}

/** The link of the host that the links of members lie over: the uplink, or its VLAN. */
export function sharedLink({ uplink = '', vlan }: Pick<NetworkSpec, 'uplink' | 'vlan'>): string {
  return vlan === undefined ? uplink : uplinkVlanName(uplink, vlan);
}

/** Pure: undefined for a network that neither is nor was one. */
export function macvlanSeen(
  spec: NetworkSpec | undefined,
  links: readonly Link[],
  noted: string | undefined,
): MacvlanSeen | undefined {
  const wanted = spec !== undefined && isMacvlan(spec);
  if (!wanted && noted === undefined) return undefined;
  const link = wanted ? linkNamed(links, sharedLink(spec)) : undefined;
  return { noted: noted?.trim(), up: link?.up };
}

/**
 * Pure: why links of members cannot lie over that link. That it is not there is told elsewhere.
 * @param unfinished the name of a link that is the network's own, and not yet what it is to be
 */
export function macvlanProblems(
  spec: NetworkSpec,
  links: readonly Link[],
  unfinished: string,
): readonly Obstacle[] {
  const link = isMacvlan(spec) ? linkNamed(links, spec.uplink ?? '') : undefined;
  const why = link && (whyNot(link, spec) ?? whyNoVlan(link, spec, links, unfinished));
  if (why === undefined) return [];
  const [message, hint] = why;
  return [{ code: 'network.interface', message, hint, path: ['uplink'] }];
}

function whyNot({ name, kind, master, over, mtu, alias }: Link, spec: NetworkSpec): Reason | undefined {
  if (name === 'lo') return ['lo leads nowhere: nobody can share it', 'name an interface of the host'];
  if (parseMark(alias) !== undefined)
    return [`${name} is a link that Nova has made`, 'name an interface of the host'];
  if (master !== undefined)
    return [
      `${name} is a port of ${master}, which takes all that comes by it`,
      `set uplink = "${master}", or take it out there: ip link set ${name} nomaster`,
    ];
  if (over !== undefined && kind !== 'vlan')
    return [`${name} shares ${over} itself`, `set uplink = "${over}"`];
  if (mtu < spec.mtu)
    return [
      `${name} has an MTU of ${mtu}, and who shares it cannot have the ${spec.mtu} of the network`,
      `set mtu = ${mtu}, or raise that of the interface: ip link set ${name} mtu ${spec.mtu}`,
    ];
  return undefined;
}

/** The kernel has one link for each VLAN of an interface. */
function whyNoVlan(
  { name }: Link,
  spec: NetworkSpec,
  links: readonly Link[],
  unfinished: string,
): Reason | undefined {
  const own = [sharedLink(spec), unfinished];
  const other = linksOfKind(links, 'vlan').find(
    (each) => each.over === name && each.vlan === spec.vlan && !own.includes(each.name),
  );
  if (other === undefined) return undefined;
  if (parseMark(other.alias) !== undefined)
    return [
      `VLAN ${spec.vlan} of ${name} is the port of a bridge by Nova: ${other.name}`,
      'a VLAN is a port, or shared: take another one, or join that network',
    ];
  return [
    `VLAN ${spec.vlan} of ${name} is there already: ${other.name}, which is not Nova's`,
    `set uplink = "${other.name}", without vlan; or take it away: ip link delete ${other.name}`,
  ];
}

/** A VLAN of the uplink that is there under its name and bears nobody's mark: it may be taken over. */
export function strayVlan(spec: NetworkSpec, links: readonly Link[]): Link | undefined {
  const link = isMacvlan(spec) && spec.vlan !== undefined ? linkNamed(links, sharedLink(spec)) : undefined;
  return parseMark(link?.alias) === undefined ? link : undefined;
}

type Reason = readonly [message: string, hint: string];

/** Pure: a network that is made, with what its members share. */
export function createMacvlan(name: string, { uplink, mtu }: NetworkSpec): readonly NetworkStep[] {
  const changes = [
    { path: 'uplink', before: undefined, after: uplink },
    { path: 'mtu', before: undefined, after: mtu },
  ];
  return [step(`network ${name} does not exist`, 'missing', changes)];
}

/** Pure: what links of members lie over; each of those is looked at with its member. */
export function diffMacvlan(spec: NetworkSpec, { macvlan }: NetworkSeen): readonly NetworkStep[] {
  const shared = sharedLink(spec);
  const noted = macvlan?.noted;
  if (noted !== shared) {
    const change = { path: 'uplink', before: noted, after: shared };
    if (noted === undefined) return [step(`it is not noted that ${shared} is shared`, 'changed', [change])];
    const reason = `its members share ${noted}, and get other links`;
    return [{ ...step(reason, 'changed', [change]), effect: 'replace' }];
  }
  if (macvlan?.up !== false) return [];
  return [step(`${shared} is down`, 'stopped', [{ path: shared, before: 'down', after: 'up' }])];
}

/** Pure: what it had as a bridge goes. */
export function leaveBridge(seen: NetworkSeen): readonly NetworkStep[] {
  const { link } = seen;
  const change = { path: 'type', before: 'bridge', after: 'macvlan' };
  const gone = (name: string): NetworkStep => ({
    ...step(`its members leave the bridge ${name}, and get other links`, 'changed', [change]),
    ...{ id: 'bridge.remove', effect: 'replace' },
  });
  return [...removeUplinks(seen), ...(link === undefined ? [] : [gone(link.name)]), ...removeEgress(seen)];
}

/** Pure: it is not one any more. */
export function releaseMacvlan({ macvlan }: NetworkSeen): readonly NetworkStep[] {
  if (macvlan?.noted === undefined) return [];
  const change = { path: 'type', before: 'macvlan', after: 'bridge' };
  const reason = `its members share ${macvlan.noted}, and get other links`;
  return [{ ...step(reason, 'changed', [change]), id: 'macvlan.remove', effect: 'replace' }];
}

/** Who shares a link that is down hears nobody. It stays up when the network goes: others may use it by then. */
export async function setMacvlan({ host, place }: Task, spec: NetworkSpec): Promise<void> {
  const shared = sharedLink(spec);
  const links = await host.view().links();
  if (linkNamed(links, shared)?.up === false)
    await host.links.change([{ argv: ['link', 'set', 'dev', shared, 'up'] }]);
  await host.files.write(place.paths.macvlan, `${shared}\n`, 0o644);
}

export async function removeMacvlan({ host, place }: Task): Promise<void> {
  await host.files.remove(place.paths.macvlan);
}

function step(reason: string, kind: NetworkStep['class'], changes: readonly FieldChange[]): NetworkStep {
  return { id: 'macvlan', effect: 'live', class: kind, reason, changes };
}
