import { checkAddresses6 } from './addresses6.ts';
import { contains, formatIp, formatNetwork, parseIp, parseRange, parseSubnet, type Subnet } from './cidr.ts';
import type { Draft, NetworkDraft } from './draft.ts';
import { placesIn, type MemberPlace } from './memberPlaces.ts';
import type { Problem } from './problem.ts';
import { checkRoom } from './room.ts';

/** Subnets that overlap, and addresses of members that cannot be. */
export function checkAddresses(drafts: Iterable<Draft>): readonly Problem[] {
  const all = [...drafts];
  const declared = all.filter((draft) => draft.kind === 'network');
  const networks = declared.flatMap(withSubnet);
  const places = placesIn(all);
  const members = Map.groupBy(places, ({ network }) => network);
  const within = networks.flatMap((network) => checkMembers(network, members.get(network.draft.name) ?? []));
  return [
    ...checkOverlaps(networks),
    ...within,
    ...checkWithoutSubnet(all, places),
    ...checkNames(places),
    ...checkAddresses6(declared, places),
  ];
}

interface Network {
  readonly draft: NetworkDraft;
  readonly subnet: Subnet;
}

function withSubnet(draft: NetworkDraft): readonly Network[] {
  const subnet = parseSubnet(draft.spec.subnet ?? '');
  return subnet === undefined ? [] : [{ draft, subnet }];
}

/** Each network is held against the one before it, in order of addresses, that reaches furthest. */
function checkOverlaps(networks: readonly Network[]): readonly Problem[] {
  const inOrder = networks.toSorted(
    (a, b) => a.subnet.network - b.subnet.network || b.subnet.broadcast - a.subnet.broadcast,
  );
  let furthest: Network | undefined;
  return inOrder.flatMap((network): readonly Problem[] => {
    const other = furthest;
    if (other === undefined || network.subnet.broadcast > other.subnet.broadcast) furthest = network;
    return other === undefined || other.subnet.broadcast < network.subnet.network
      ? []
      : [overlap(network, other)];
  });
}

function overlap({ draft, subnet }: Network, other: Network): Problem {
  return {
    code: 'network.overlap',
    message: `${formatNetwork(subnet)} of ${draft.address} overlaps ${formatNetwork(other.subnet)} of ${other.draft.address}`,
    hint: 'give each network addresses of its own, as 192.168.77.1/24 and 192.168.78.1/24',
    path: ['network', draft.name, 'subnet'],
    elsewhere: ['network', other.draft.name, 'subnet'],
  };
}

function checkMembers({ draft, subnet }: Network, members: readonly MemberPlace[]): readonly Problem[] {
  const owners = new Map<number, MemberPlace>();
  const problems: Problem[] = [];
  for (const member of members) {
    const ip = parseIp(member.ip ?? '');
    if (ip === undefined) continue;
    const owner = owners.get(ip);
    const wrong = owner === undefined ? wrongAddress(ip, draft, subnet) : taken(ip, owner);
    if (owner === undefined) owners.set(ip, member);
    if (wrong !== undefined)
      problems.push({ code: 'network.address', path: [...member.path, 'ip'], ...wrong });
  }
  const kept = [draft.spec.gateway, ...(draft.spec.reservations ?? []).map((each) => each.ip)];
  const room = subnet.broadcast - subnet.network - 2 - kept.filter((each) => each !== undefined).length;
  return [...problems, ...checkRoom(draft, 'subnet', room, members.length)];
}

function wrongAddress(
  ip: number,
  { name, address, spec, broken }: NetworkDraft,
  subnet: Subnet,
): Wrong | undefined {
  const [written, [first, last]] = [formatIp(ip), [subnet.network + 1, subnet.broadcast - 1].map(formatIp)];
  const hint = `choose an address from ${first} to ${last}; the gateway's is ${formatIp(subnet.gateway)}`;
  if (!contains(subnet, ip))
    return { message: `${written} is not in ${formatNetwork(subnet)} of ${address}`, hint };
  if (ip === subnet.gateway) return { message: `${written} is the gateway of ${address}`, hint };
  if (written === spec.gateway) return { message: `${written} is the router of ${address}`, hint };
  if (ip === subnet.network || ip === subnet.broadcast) {
    const what = ip === subnet.network ? 'names the network' : 'is the broadcast address of';
    return { message: `${written} ${what} ${address}`, hint };
  }
  const reserved = (spec.reservations ?? []).findIndex((reservation) => reservation.ip === written);
  if (reserved >= 0) {
    const elsewhere = ['network', name, 'reservations', reserved, 'ip'];
    return { message: `${written} is reserved for a stranger on ${address}`, hint, elsewhere };
  }
  const range = broken.has('dhcp_range') ? undefined : parseRange(spec.dhcp_range ?? '');
  if (range === undefined || ip < range.from || ip > range.to) return undefined;
  return {
    message: `${written} is in the dhcp_range of ${address}, whose addresses are lent to others`,
    hint: `choose an address outside of ${spec.dhcp_range}`,
  };
}

type Wrong = Pick<Problem, 'message' | 'hint' | 'elsewhere'>;

function taken(ip: number, { member, path }: MemberPlace): Wrong {
  return {
    message: `${formatIp(ip)} is the address of ${member.address} already`,
    hint: 'choose another, or none: an address is found by itself',
    elsewhere: [...path, 'ip'],
  };
}

function checkWithoutSubnet(drafts: readonly Draft[], places: readonly MemberPlace[]): readonly Problem[] {
  const names = new Set(drafts.filter((draft) => isBare(draft) || isShared(draft)).map(({ name }) => name));
  return places.flatMap(({ network: name, ip, path }): readonly Problem[] => {
    if (ip === undefined || !names.has(name)) return [];
    const message = `network.${name} has no subnet for ${ip}`;
    const hint = `add a subnet to [network.${name}], or leave out ip`;
    return [{ code: 'network.address', message, hint, path: [...path, 'ip'] }];
  });
}

/** Names are answered by the network, whatever kind they are of. */
function checkNames(places: readonly MemberPlace[]): readonly Problem[] {
  const first = new Map<string, MemberPlace>();
  return places.flatMap(({ member, network, ...place }): readonly Problem[] => {
    const other = first.get(`${network} ${member.name}`)?.member;
    if (other === undefined) first.set(`${network} ${member.name}`, { member, network, ...place });
    if (other === undefined || other.address === member.address) return [];
    return [
      {
        code: 'schema.name',
        message: `${member.address} and ${other.address} have one name on network.${network}`,
        hint: 'give one of them another name: it is what they are found by there',
        path: [member.kind, member.name],
        on: 'key',
        elsewhere: [other.kind, other.name],
      },
    ];
  });
}

/** A macvlan without a subnet. */
function isShared(draft: Draft): boolean {
  if (draft.kind !== 'network' || ['subnet', 'type'].some((key) => draft.broken.has(key))) return false;
  return draft.spec.type === 'macvlan' && draft.spec.subnet === undefined;
}

/** A network whose members get no addresses: neither from Nova nor from outside. */
export function isBare(draft: Draft): boolean {
  if (draft.kind !== 'network' || ['subnet', 'type', 'profile'].some((key) => draft.broken.has(key)))
    return false;
  const { type, profile, subnet } = draft.spec;
  return type === 'bridge' && profile !== 'external' && subnet === undefined;
}
