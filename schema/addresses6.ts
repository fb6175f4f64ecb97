import {
  contains6,
  formatIp6,
  formatNetwork6,
  parseIp6,
  parseRange6,
  parseSubnet6,
  type Subnet6,
} from './cidr6.ts';
import type { NetworkDraft } from './draft.ts';
import type { MemberPlace } from './memberPlaces.ts';
import type { Problem } from './problem.ts';
import { checkRoom } from './room.ts';

interface Network {
  readonly draft: NetworkDraft;
  readonly subnet: Subnet6;
}

/** As for IPv4: subnets that overlap, and addresses of members that cannot be. */
export function checkAddresses6(
  networks: readonly NetworkDraft[],
  places: readonly MemberPlace[],
): readonly Problem[] {
  const withSubnet = networks.flatMap((draft): readonly Network[] => {
    const subnet = parseSubnet6(draft.spec.subnet6 ?? '');
    return subnet === undefined ? [] : [{ draft, subnet }];
  });
  return [
    ...checkOverlaps(withSubnet),
    ...checkMembers(networks, withSubnet, places),
    ...withSubnet.flatMap((network) => checkFull(network, places)),
  ];
}

/** Neither the first address nor the host's own is a member's. */
function checkFull({ draft, subnet }: Network, places: readonly MemberPlace[]): readonly Problem[] {
  const reserved = (draft.spec.reservations ?? []).filter(({ ip6 }) => ip6 !== undefined);
  const kept = new Set([subnet.network, subnet.gateway]).size + reserved.length;
  const room = subnet.last - subnet.network + 1n - BigInt(kept);
  const members = places.filter(({ network }) => network === draft.name);
  return checkRoom(draft, 'subnet6', room, members.length);
}

/** Each network is held against the one before it, in order of addresses, that reaches furthest. */
function checkOverlaps(networks: readonly Network[]): readonly Problem[] {
  const inOrder = networks.toSorted((a, b) =>
    a.subnet.network === b.subnet.network
      ? a.subnet.prefix - b.subnet.prefix
      : a.subnet.network < b.subnet.network
        ? -1
        : 1,
  );
  let furthest: Network | undefined;
  return inOrder.flatMap((network): readonly Problem[] => {
    const other = furthest;
    if (other === undefined || network.subnet.last > other.subnet.last) furthest = network;
    if (other === undefined || other.subnet.last < network.subnet.network) return [];
    const [one, two] = [network, other].map(
      ({ draft, subnet }) => `${formatNetwork6(subnet)} of ${draft.address}`,
    );
    return [
      {
        code: 'network.overlap',
        message: `${one} overlaps ${two}`,
        hint: 'give each network addresses of its own, as fd00:77::1/64 and fd00:78::1/64',
        path: ['network', network.draft.name, 'subnet6'],
        elsewhere: ['network', other.draft.name, 'subnet6'],
      },
    ];
  });
}

function checkMembers(
  networks: readonly NetworkDraft[],
  withSubnet: readonly Network[],
  places: readonly MemberPlace[],
): readonly Problem[] {
  const known = new Map(networks.map((draft) => [draft.name, draft]));
  const subnets = new Map(withSubnet.map((network) => [network.draft.name, network]));
  const owners = new Map<string, MemberPlace>();
  return places.flatMap((place): readonly Problem[] => {
    const ip = parseIp6(place.ip6 ?? '');
    const draft = known.get(place.network);
    if (ip === undefined || draft === undefined || draft.broken.has('subnet6')) return [];
    const network = subnets.get(place.network);
    const owner = owners.get(`${place.network} ${place.ip6}`);
    if (owner === undefined) owners.set(`${place.network} ${place.ip6}`, place);
    const wrong = owner === undefined ? wrongAddress(ip, draft, network) : taken(ip, owner);
    return wrong === undefined ? [] : [{ code: 'network.address', path: [...place.path, 'ip6'], ...wrong }];
  });
}

type Wrong = Pick<Problem, 'message' | 'hint' | 'elsewhere'>;

function wrongAddress(
  ip: bigint,
  { address, name, spec, broken }: NetworkDraft,
  network: Network | undefined,
): Wrong | undefined {
  const written = formatIp6(ip);
  if (network === undefined) {
    if (spec.type === 'overlay') return undefined;
    return {
      message: `${address} has no subnet6 for ${written}`,
      hint: `add a subnet6 to [network.${name}], or leave out ip6`,
    };
  }
  const { subnet } = network;
  const hint = `choose an address of ${formatNetwork6(subnet)}; the gateway's is ${formatIp6(subnet.gateway)}`;
  if (!contains6(subnet, ip))
    return { message: `${written} is not in ${formatNetwork6(subnet)} of ${address}`, hint };
  if (ip === subnet.gateway) return { message: `${written} is the gateway of ${address}`, hint };
  if (ip === subnet.network) return { message: `${written} names the network ${address}`, hint };
  const range = broken.has('dhcp_range6') ? undefined : parseRange6(spec.dhcp_range6 ?? '');
  if (range === undefined || ip < range.from || ip > range.to) return undefined;
  const message = `${written} is in the dhcp_range6 of ${address}, whose addresses are lent to others`;
  return { message, hint: `choose an address outside of ${spec.dhcp_range6}` };
}

function taken(ip: bigint, { member, path }: MemberPlace): Wrong {
  return {
    message: `${formatIp6(ip)} is the address of ${member.address} already`,
    hint: 'choose another, or none: an address is found by itself',
    elsewhere: [...path, 'ip6'],
  };
}
