import { createHash } from 'node:crypto';

import { formatNetwork, parseSubnet } from '../../../schema/cidr.ts';
import { formatNetwork6, parseSubnet6 } from '../../../schema/cidr6.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { Route } from '../../host/carried.ts';
import type { LinkCommand } from '../../host/host.ts';
import type { RoutingRule } from '../../host/routing.ts';
import { identityOf, linkName } from '../../identity.ts';
import type { RulesPlace } from '../rules/parties.ts';

/** A route of a network's own table. */
export interface OwnRoute {
  readonly family: 4 | 6;
  /** As `10.0.0.0/8`; `default`, or `::/0` for IPv6. */
  readonly to: string;
  readonly via?: string;
  /** Undefined: there is no way. */
  readonly link?: string;
  readonly metric?: number;
  readonly onlink?: true;
  readonly table: string;
  readonly protocol: string;
}

/** What leads the members of a network out by its uplink. */
export type Entry = RoutingRule | OwnRoute;

/** What there is of it, and what it follows. */
export interface EgressSeen {
  readonly entries: readonly Entry[];
  /** The host's own routes over the uplink. */
  readonly offered: readonly Omit<OwnRoute, 'protocol'>[];
  /** There is one end at its other end, and no neighbours among whom one would be the router. */
  readonly direct: boolean;
}

/** The protocol number that Nova's rules and routes bear; nobody else's in rtnetlink(7) and iproute2. */
export const egressProtocol = '78';

/** That of rules that Nova has given up: as if a hand had made them. */
export const givenUpProtocol = 'static';

/** Priorities: before whatever sends everybody elsewhere (a VPN's rules begin at 5210), after what Linux keeps for VRF (1000). */
export const priority = { near: 2078, host: 2079, far: 2080 } as const;

/** A prefix as long as this is no network of Nova's: a subnet has at least 8 bits, or 64 of IPv6. */
const tooWide = { 4: 7, 6: 63 } as const;

/** The last of all routes: the kernel takes the lowest metric. */
const last = 0xffff_ffff;

/** The number of a network's routing table: 30 bits of a hash, above all that people give by hand. */
export function egressTable({
  scope,
  project,
  address,
}: Pick<RulesPlace, 'scope' | 'project' | 'address'>): string {
  const hash = createHash('sha256')
    .update(`egress/${identityOf(scope, project, address)}`)
    .digest();
  return String(2 ** 30 + (hash.readUInt32BE(0) >>> 2));
}

/** Name of the link that is a VLAN of an uplink: as people call it, who give it its addresses. */
export function uplinkVlanName(over: string, vlan: number): string {
  const name = `${over}.${vlan}`;
  if (name.length <= 15) return name;
  return linkName(createHash('sha256').update(name).digest('hex'));
}

/** The link by which members of a network leave; undefined: whichever the host's routing table says. */
export function egressLink({ profile, uplink, vlan, interfaces }: NetworkSpec): string | undefined {
  if (uplink === undefined || profile !== 'nat') return undefined;
  return vlan === undefined || interfaces !== undefined ? uplink : uplinkVlanName(uplink, vlan);
}

/**
 * Pure: what has to be there. What is near the uplink is asked for first, then what the host reaches by networks of its own,
 * then the uplink's router. The host's own default route is never asked; where the uplink has none, there is no way.
 */
export function entriesFor(
  place: Pick<RulesPlace, 'scope' | 'project' | 'address'>,
  spec: NetworkSpec,
  { offered, direct }: EgressSeen,
): readonly Entry[] {
  const link = egressLink(spec);
  if (link === undefined) return [];
  const common = { table: egressTable(place), protocol: egressProtocol };
  return subnetsOf(spec).flatMap(({ family, from }) => {
    const to = family === 4 ? 'default' : '::/0';
    const routes = offered.filter((route) => route.family === family);
    const near = routes.filter((route) => route.table === 'main' && route.to !== to);
    const ways = defaults(routes.filter((route) => route.to === to));
    const straight: EgressSeen['offered'][number] = { family, to, link, metric: 1024, table: 'main' };
    return [
      { family, to, metric: last, ...common },
      ...[...near, ...(ways.length > 0 || !direct ? ways : [straight])]
        .toSorted((a, b) => Number(a.via !== undefined) - Number(b.via !== undefined))
        .map((route) => ({ ...route, ...common })),
      { family, priority: priority.far, from, ...common },
      { family, priority: priority.near, from, suppress: 0, ...common },
      { family, priority: priority.host, from, suppress: tooWide[family], ...common, table: 'main' },
    ];
  });
}

/** Those of the host's main table, else of any other, that are taken first. */
function defaults(all: EgressSeen['offered']): EgressSeen['offered'] {
  const main = all.filter(({ table }) => table === 'main');
  const ways = main.length > 0 ? main : all;
  const best = Math.min(...ways.map(({ metric = 0 }) => metric));
  return ways.filter(({ metric = 0 }) => metric === best);
}

/** The networks of members, as rules name them. */
export function subnetsOf({
  subnet,
  subnet6,
}: Pick<NetworkSpec, 'subnet' | 'subnet6'>): readonly { readonly family: 4 | 6; readonly from: string }[] {
  const [four, six] = [parseSubnet(subnet ?? ''), parseSubnet6(subnet6 ?? '')];
  return [
    ...(four === undefined ? [] : [{ family: 4 as const, from: formatNetwork(four) }]),
    ...(six === undefined ? [] : [{ family: 6 as const, from: formatNetwork6(six) }]),
  ];
}

/** A host's route without what changes by itself. */
export function offerOf({
  family,
  to,
  via,
  link,
  table,
  metric,
  onlink,
}: Route): EgressSeen['offered'][number] {
  return {
    family,
    to,
    link,
    table,
    ...(via === undefined ? {} : { via }),
    ...(metric === undefined ? {} : { metric }),
    ...(onlink === undefined ? {} : { onlink }),
  };
}

/** As if rules that were given up were Nova's again. */
export function egressAsMarked(seen: EgressSeen): EgressSeen {
  const marked = (entry: Entry): Entry =>
    isRule(entry) && entry.protocol === givenUpProtocol ? { ...entry, protocol: egressProtocol } : entry;
  return { ...seen, entries: seen.entries.map(marked) };
}

export function isRule(entry: Entry): entry is RoutingRule {
  return 'priority' in entry;
}

export function keyOfEntry(entry: Entry): string {
  return wordsOf(entry).join(' ');
}

/** The command that makes an entry, or takes it away. */
export function commandFor(verb: 'add' | 'delete', entry: Entry): LinkCommand {
  const [object, adding] = isRule(entry) ? ['rule', 'add'] : ['route', 'append'];
  return {
    argv: [object, verb === 'add' ? adding : verb, ...wordsOf(entry)],
    tolerate: verb === 'add' ? 'exists' : 'absent',
  };
}

function wordsOf(entry: Entry): readonly string[] {
  const { table } = entry;
  if (isRule(entry)) {
    const { from = 'all', priority: at, suppress, protocol } = entry;
    return [
      ...['from', from, 'priority', String(at), 'table', table],
      ...(suppress === undefined ? [] : ['suppress_prefixlength', String(suppress)]),
      ...(protocol === undefined ? [] : ['protocol', protocol]),
    ];
  }
  const { to, via, link, metric, onlink, protocol } = entry;
  return [
    ...(link === undefined ? ['unreachable'] : []),
    to,
    ...(via === undefined ? [] : ['via', via]),
    ...(link === undefined ? [] : ['dev', link]),
    ...['table', table],
    ...(metric === undefined ? [] : ['metric', String(metric)]),
    ...['protocol', protocol],
    ...(onlink === true ? ['onlink'] : []),
  ];
}
