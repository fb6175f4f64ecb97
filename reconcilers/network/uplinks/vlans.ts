import { createHash } from 'node:crypto';

import type { NetworkSpec } from '../../../schema/network.ts';
import { oneAtATime } from '../../host/coalesce.ts';
import type { LinkCommand, Links } from '../../host/host.ts';
import type { HostView, Link } from '../../host/view.ts';
import { isMarkOf, linkName, markOf, parseMark } from '../../identity.ts';
import { uplinkVlanName } from './egress.ts';
import { acceptKey } from '../addresses/forwarding.ts';
import { findBridge } from '../findParts.ts';
import { linksOfKind } from '../linkIndex.ts';
import type { Place } from '../place.ts';
import type { Task } from '../task.ts';

/** One VLAN of an interface, which is a port in the interface's place, or the way out. */
export interface VlanSeen {
  readonly name: string;
  /** The interface. */
  readonly over: string;
  readonly id: number;
  readonly master: string | undefined;
  readonly up: boolean;
  /** bytes */
  readonly mtu: number;
  /** Another network has made it, whose uplink it is as well. */
  readonly shared?: true;
  /** The host would not hear a router there (any more) where it forwards IPv6. */
  readonly deaf?: true;
}

/** A VLAN that a network needs. */
interface Wanted {
  readonly over: string;
  readonly name: string;
  readonly port: boolean;
}

/** Interfaces of whose VLAN the bridge has a port. */
export function tagged({ interfaces = [], vlan }: NetworkSpec): readonly string[] {
  return vlan === undefined ? [] : interfaces;
}

/** The interface whose VLAN is the way out of a network, or what the members of a macvlan share. */
export function taggedUplink({ type, interfaces, profile, uplink, vlan }: NetworkSpec): string | undefined {
  if (vlan === undefined || interfaces !== undefined) return undefined;
  return profile === 'nat' || type === 'macvlan' ? uplink : undefined;
}

/** Whether the host itself has to do with others there, as it has where members leave by it. */
function isWayOut(spec: NetworkSpec): boolean {
  return spec.profile === 'nat';
}

/** Those that bear the network's mark, and the one that is its way out, whichever network has made it. */
export function findVlans(links: readonly Link[], place: Place, spec?: NetworkSpec): readonly VlanSeen[] {
  const uplink = spec && taggedUplink(spec);
  return linksOfKind(links, 'vlan').flatMap(({ alias, name, over = '', vlan = 0, master, up, mtu }) => {
    const seen = { name, over, id: vlan, master, up, mtu };
    if (isMarkOf(alias, place)) return [seen];
    const shared = over === uplink && vlan === spec?.vlan && parseMark(alias)?.scope === place.scope.id;
    return shared ? [{ ...seen, shared }] : [];
  });
}

/** The marks of those that are the network's. */
export function marksOfVlans(links: readonly Link[], place: Place): readonly (string | undefined)[] {
  return linksOfKind(links, 'vlan').flatMap(({ alias }) => (isMarkOf(alias, place) ? [alias] : []));
}

/** The same, with whether a way out hears its router. */
export async function lookAtVlans(
  view: HostView,
  links: readonly Link[],
  place: Place,
  spec: NetworkSpec | undefined,
): Promise<readonly VlanSeen[]> {
  const uplink = spec && taggedUplink(spec);
  return Promise.all(
    findVlans(links, place, spec).map(async (seen) => {
      if (seen.over !== uplink || spec === undefined || !isWayOut(spec)) return seen;
      const hears = await view.sysctl(acceptKey(seen.name));
      return hears === undefined || hears === '2' ? seen : { ...seen, deaf: true as const };
    }),
  );
}

/** One that is Nova's: what stood there is nobody's. */
async function hearRouter(host: Task['host'], link: string): Promise<void> {
  if ((await host.view().sysctl(acceptKey(link))) !== undefined) await host.sysctls.set(acceptKey(link), '2');
}

/** Every interface has its VLAN on the bridge, and the uplink its own; there are no others. Without a spec, none. */
export async function setVlans(task: Task, spec: NetworkSpec | undefined): Promise<void> {
  if (spec !== undefined && taggedUplink(spec) === undefined) return change(task, spec);
  // One that is the way out of several networks is made, and handed on, by one of them at a time.
  const turn = turns.get(task.host.links) ?? oneAtATime();
  turns.set(task.host.links, turn);
  return turn(() => change(task, spec));
}

const turns = new WeakMap<Links, ReturnType<typeof oneAtATime>>();

async function change({ host, place, deps }: Task, spec: NetworkSpec | undefined): Promise<void> {
  const links = await host.view().links();
  const bridge = findBridge(links, place)?.name;
  await takeOver({ host, place }, links, bridge, spec);
  const found = findVlans(await host.view().links(), place, spec);
  const placed = bridge !== undefined || spec?.type === 'macvlan';
  const wanted = spec === undefined || !placed ? [] : wantedBy(place, spec);
  const kept = found.filter(({ over, id }) => id === spec?.vlan && wanted.some((each) => each.over === over));
  const gone = found.filter((each) => !kept.includes(each));
  const commands = [
    ...gone.map((each) => parting(each, place, deps)),
    ...wanted.flatMap(({ over, name, port }): readonly LinkCommand[] => {
      if (spec?.vlan === undefined || !placed) return [];
      const there = kept.find((each) => each.over === over);
      const wide = spec.type === 'macvlan' && there !== undefined && there.mtu < spec.mtu;
      const at = [
        ...(port || wide ? ['mtu', String(spec.mtu)] : []),
        ...(port && bridge !== undefined ? ['master', bridge] : ['nomaster']),
      ];
      const placing = { argv: ['link', 'set', 'dev', name, ...at, 'up'] };
      const parent = links.find((link) => link.name === over);
      const wake = parent?.up === true ? [] : [{ argv: ['link', 'set', 'dev', over, 'up'] }];
      const naming = there === undefined || there.name === name ? [] : [renamed(there.name, name)];
      return [...wake, ...(there === undefined ? making(place, over, spec.vlan, name) : naming), placing];
    }),
  ];
  if (commands.length > 0) await host.links.change(commands);
  if (spec === undefined || !isWayOut(spec)) return;
  for (const { name } of wanted.filter(({ port }) => !port)) await hearRouter(host, name);
}

function wantedBy(place: Place, spec: NetworkSpec): readonly Wanted[] {
  const uplink = taggedUplink(spec);
  return [
    ...tagged(spec).map((over) => ({ over, name: vlanName(place, over), port: true })),
    ...(uplink === undefined || spec.vlan === undefined
      ? []
      : [{ over: uplink, name: uplinkVlanName(uplink, spec.vlan), port: false }]),
  ];
}

/** One by which another network leaves as well is that one's from now on, with the addresses that the host has there. */
function parting({ name, over, id }: VlanSeen, place: Place, deps: Task['deps']): LinkCommand {
  const heir = (deps.networks?.() ?? []).find(
    ({ address, spec }) => address !== place.address && taggedUplink(spec) === over && spec.vlan === id,
  );
  if (heir === undefined) return { argv: ['link', 'delete', 'dev', name], tolerate: 'absent' };
  const mark = markOf({ scope: place.scope, project: place.project, address: heir.address });
  return { argv: ['link', 'set', 'dev', name, 'alias', mark], tolerate: 'absent' };
}

/** Those that are ports of the bridge already and bear nobody's mark come with it. */
async function takeOver(
  { host, place }: Pick<Task, 'host' | 'place'>,
  links: readonly Link[],
  bridge: string | undefined,
  spec: NetworkSpec | undefined,
): Promise<void> {
  const nobodys = links.filter(
    ({ kind, alias, over = '', vlan, master }) =>
      kind === 'vlan' &&
      parseMark(alias) === undefined &&
      vlan === spec?.vlan &&
      spec !== undefined &&
      tagged(spec).includes(over) &&
      master !== undefined &&
      master === bridge,
  );
  await host.links.change(
    nobodys.map(({ name }) => ({ argv: ['link', 'set', 'dev', name, 'alias', place.mark] })),
  );
}

/** That of an uplink is taken over along with the bridge: it is known by its name alone. */
export async function adoptUplinkVlan(
  { host, place }: Task,
  links: readonly Link[],
  spec: NetworkSpec,
): Promise<void> {
  const uplink = taggedUplink(spec);
  const { vlan } = spec;
  if (uplink === undefined || vlan === undefined) return;
  const name = uplinkVlanName(uplink, vlan);
  const left = links.find(
    (link) => link.name === name && link.over === uplink && parseMark(link.alias) === undefined,
  );
  if (left !== undefined)
    await host.links.change([{ argv: ['link', 'set', 'dev', name, 'alias', place.mark] }]);
}

/** The name of the link that is the VLAN of an interface. */
export function vlanName({ mac, scope }: Place, over: string): string {
  const hash = createHash('sha256').update(`${scope.id}/${mac}/${over}`).digest('hex');
  return linkName(hash);
}

/** The mark comes before the name, as that of a bridge does. */
function making(place: Place, over: string, id: number, name: string): readonly LinkCommand[] {
  const { temporary, mark } = place;
  return [
    { argv: ['link', 'delete', 'dev', temporary], tolerate: 'absent' },
    { argv: ['link', 'add', 'link', over, 'name', temporary, 'type', 'vlan', 'id', String(id)] },
    { argv: ['link', 'set', 'dev', temporary, 'alias', mark] },
    renamed(temporary, name),
  ];
}

function renamed(from: string, to: string): LinkCommand {
  return { argv: ['link', 'set', 'dev', from, 'name', to] };
}
