import { formatIp, parseSubnet } from '../../../schema/cidr.ts';
import type { Address } from '../../../schema/manifest.ts';
import type { Party } from '../../../schema/rule.ts';
import { identityOf, linkName } from '../../identity.ts';
import type { Dependencies } from '../../reconciler.ts';
import { attachmentIdentity, networksOf, specOf } from '../attachments.ts';
import { bridgeName } from '../names.ts';
import type { Place } from '../place.ts';
import { meta, payload } from './statements.ts';

/** What rules have to know of where a network is. */
export type RulesPlace = Pick<Place, 'address' | 'bridge' | 'scope' | 'project'>;

/** Conditions of a rule that say who somebody is; of one family of addresses, where it is by an address. */
export interface Way {
  readonly family?: 'ip' | 'ip6';
  readonly conditions: readonly unknown[];
}

/** Who a packet is from, or to. */
export interface Side {
  readonly link: 'iifname' | 'oifname';
  readonly field: 'saddr' | 'daddr';
}

export const source: Side = { link: 'iifname', field: 'saddr' };
export const target: Side = { link: 'oifname', field: 'daddr' };

/** How somebody on a network is told where packets are routed; `[]`: it is not there. */
export function waysHere(party: Party, side: Side, place: RulesPlace, deps: Dependencies): readonly Way[] {
  if (party.type === 'any') return anybody;
  if (party.type === 'subnet') return waysOfSubnet(party.subnet, side);
  if (party.type !== 'resource') return [];
  if (party.address === place.address) return anybody;
  if (isNetwork(party.address) || !networksOf(party.address, deps).includes(nameOf(place.address))) return [];
  return waysByAddress(party.address, side, place.address, deps);
}

/** The same of somebody who is not on it. */
export function waysElsewhere(
  party: Party,
  side: Side,
  place: RulesPlace,
  deps: Dependencies,
): readonly Way[] {
  if (party.type !== 'resource') return party.type === 'host' ? [] : waysHere(party, side, place, deps);
  const { scope, project } = place;
  const linkOf = (network: Address): unknown =>
    meta(side.link, '==', bridgeName(scope, project, nameOf(network)));
  if (isNetwork(party.address))
    return party.address === place.address ? [] : [{ conditions: [linkOf(party.address)] }];
  return networksOf(party.address, deps)
    .map((name): Address => `network.${name}`)
    .filter((network) => network !== place.address)
    .flatMap((network) =>
      waysByAddress(party.address, side, network, deps).map((way) => ({
        ...way,
        conditions: [linkOf(network), ...way.conditions],
      })),
    );
}

/** How somebody on a network is told on its bridge: by the port, which nobody can pretend to have. */
export function waysByPort(party: Party, side: Side, place: RulesPlace, deps: Dependencies): readonly Way[] {
  if (party.type !== 'resource' || party.address === place.address) return waysHere(party, side, place, deps);
  if (isNetwork(party.address) || !networksOf(party.address, deps).includes(nameOf(place.address))) return [];
  return [{ conditions: [meta(side.link, '==', portOf(place, party.address, deps))] }];
}

/** Each that a packet may be from with each that it may be to, of one family. */
export function pairs(from: readonly Way[], to: readonly Way[]): readonly Way[] {
  return from.flatMap((one) =>
    to
      .filter(({ family }) => one.family === undefined || family === undefined || family === one.family)
      .map((other) => ({ conditions: [...one.conditions, ...other.conditions] })),
  );
}

/** Name of the link by which a member is on the bridge of a network. */
export function portOf(place: RulesPlace, member: Address, deps: Pick<Dependencies, 'spec'>): string {
  const of = { address: member, spec: specOf(member, deps) ?? {} };
  return linkName(attachmentIdentity(place, of, nameOf(place.address)));
}

/** How the names of a network's own chains end; it stays when the network is called otherwise. */
export function ownChains({ scope, project, address }: Omit<RulesPlace, 'bridge'>): string {
  return linkName(identityOf(scope, project, address));
}

const anybody: readonly Way[] = [{ conditions: [] }];

/** By the addresses that somebody has on a network; `[]`: it has none there. */
export function waysByAddress(
  member: Address,
  { field }: Side,
  network: Address,
  deps: Pick<Dependencies, 'ip' | 'ip6'>,
): readonly Way[] {
  const name = nameOf(network);
  const [ip, ip6] = [deps.ip(member, name), deps.ip6?.(member, name)];
  return [
    ...(ip === undefined ? [] : [{ family: 'ip' as const, conditions: [payload('ip', field, ip)] }]),
    ...(ip6 === undefined ? [] : [{ family: 'ip6' as const, conditions: [payload('ip6', field, ip6)] }]),
  ];
}

function waysOfSubnet(text: string, { field }: Side): readonly Way[] {
  const subnet = parseSubnet(text.includes('/') ? text : `${text}/32`);
  if (subnet === undefined) return [];
  const addr = formatIp(subnet.network);
  // A prefix that is one address is printed as that address.
  const right = subnet.prefix === 32 ? addr : { prefix: { addr, len: subnet.prefix } };
  return [{ family: 'ip', conditions: [payload('ip', field, right)] }];
}

function isNetwork(address: Address): boolean {
  return address.startsWith('network.');
}

function nameOf(network: Address): string {
  return network.slice('network.'.length);
}
