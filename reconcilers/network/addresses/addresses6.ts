import {
  contains6,
  formatIp6,
  parseIp6,
  parseRange6,
  parseSubnet6,
  type Subnet6,
} from '../../../schema/cidr6.ts';
import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { dealtTo, type Member } from './addresses.ts';
import { dealAddresses, type Span, spans, without } from './dealAddresses.ts';

/** As `allocateAddresses`, of `subnet6`. */
export function allocateAddresses6(
  spec: NetworkSpec,
  members: readonly Member[],
  others: readonly string[] = [],
): ReadonlyMap<Address, string> {
  const subnet = parseSubnet6(spec.subnet6 ?? '');
  if (subnet === undefined) return new Map();
  const kept = (spec.reservations ?? []).flatMap(({ ip6 }) => usable(subnet, ip6) ?? []);
  const given = dealAddresses(
    dealtTo(spec, members).map(({ address, wanted, current }) => ({
      address,
      wanted: usable(subnet, wanted),
      current: usable(subnet, current),
    })),
    {
      taken: [subnet.gateway, ...kept],
      others: others.flatMap((text) => usable(subnet, text) ?? []),
      pools: pools(spec, subnet),
    },
  );
  return new Map([...given].map(([address, ip]) => [address, formatIp6(ip)]));
}

/** The first address means every router of the subnet (RFC 4291, section 2.6.1). */
function usable(subnet: Subnet6, text: string | undefined): bigint | undefined {
  const ip = parseIp6(text ?? '');
  return ip === undefined || !contains6(subnet, ip) || ip === subnet.network ? undefined : ip;
}

/** What is outside of the DHCP range, and after that what is in it; of each the beginning, for addresses that can be read. */
function pools(spec: NetworkSpec, subnet: Subnet6): readonly (readonly Span[])[] {
  const all = { from: subnet.network + 1n, to: subnet.last };
  const range = parseRange6(spec.dhcp_range6 ?? '');
  if (range === undefined) return [[beginning(all)]];
  return [without(all, range).map(beginning), spans(range).map(beginning)];
}

function beginning({ from, to }: Span): Span {
  const end = from + 2n ** 32n - 1n;
  return { from, to: end < to ? end : to };
}
