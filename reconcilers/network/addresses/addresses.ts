import { contains, formatIp, parseIp, parseRange, parseSubnet, type Subnet } from '../../../schema/cidr.ts';
import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { dealAddresses, type Span, spans, without } from './dealAddresses.ts';

/** Something that needs an address on a network. */
export interface Member {
  readonly address: Address;
  /** As the NovaFile asks for. */
  readonly wanted?: string | undefined;
  /** As it has now. */
  readonly current?: string | undefined;
}

/**
 * An IPv4 address for each member, as {@link dealAddresses} finds them. Members that find the network full, or without
 * a subnet, are left out.
 * @param others addresses of others that nobody is given unless it asks for one of them
 */
export function allocateAddresses(
  spec: NetworkSpec,
  members: readonly Member[],
  others: readonly string[] = [],
): ReadonlyMap<Address, string> {
  const subnet = parseSubnet(spec.subnet ?? '');
  if (subnet === undefined) return new Map();
  const kept = [spec.gateway, ...(spec.reservations ?? []).map(({ ip }) => ip)];
  const given = dealAddresses(
    dealtTo(spec, members).map(({ address, wanted, current }) => ({
      address,
      wanted: usable(subnet, wanted),
      current: usable(subnet, current),
    })),
    {
      taken: [BigInt(subnet.gateway), ...kept.flatMap((text) => usable(subnet, text) ?? [])],
      others: others.flatMap((text) => usable(subnet, text) ?? []),
      pools: pools(spec, subnet),
    },
  );
  return new Map([...given].map(([address, ip]) => [address, formatIp(Number(ip))]));
}

/** On a macvlan others live whom nobody here knows: who asks for no address gets one from the LAN, if at all. */
export function dealtTo({ type }: NetworkSpec, members: readonly Member[]): readonly Member[] {
  return type === 'macvlan' ? members.filter(({ wanted }) => wanted !== undefined) : members;
}

function usable(subnet: Subnet, text: string | undefined): bigint | undefined {
  const ip = parseIp(text ?? '');
  if (ip === undefined || !contains(subnet, ip) || ip === subnet.network || ip === subnet.broadcast)
    return undefined;
  return BigInt(ip);
}

/** What is outside of the DHCP range, and after that what is in it. */
function pools(spec: NetworkSpec, subnet: Subnet): readonly (readonly Span[])[] {
  const all = { from: BigInt(subnet.network) + 1n, to: BigInt(subnet.broadcast) - 1n };
  const range = parseRange(spec.dhcp_range ?? '');
  if (range === undefined) return [spans(all)];
  const hole = { from: BigInt(range.from), to: BigInt(range.to) };
  return [without(all, hole), spans(hole)];
}
