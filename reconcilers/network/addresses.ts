import { createHash } from 'node:crypto';

import { contains, formatIp, parseIp, parseRange, parseSubnet, type Subnet } from '../../schema/cidr.ts';
import type { Address } from '../../schema/manifest.ts';
import type { NetworkSpec } from '../../schema/network.ts';

/** Something that needs an IPv4 address on a network. */
export interface Member {
  readonly address: Address;
  /** As the NovaFile asks for. */
  readonly wanted?: string;
  /** As it has now. */
  readonly current?: string;
}

/**
 * An IPv4 address for each member: what it asks for, else what it has, else one chosen by its name. Another member
 * never moves one that has an address, unless it asks for just that. Members that find the network full, or without a
 * subnet, are left out.
 * @param others addresses of others that nobody is given unless it asks for one of them
 */
export function allocateAddresses(
  spec: NetworkSpec,
  members: readonly Member[],
  others: readonly string[] = [],
): ReadonlyMap<Address, string> {
  const subnet = parseSubnet(spec.subnet ?? '');
  const given = new Map<Address, number>();
  if (subnet === undefined) return new Map();
  const taken = new Set([subnet.gateway]);
  const inOrder = members.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const give = (address: Address, ip: number | undefined) => {
    if (ip === undefined || given.has(address) || taken.has(ip)) return;
    given.set(address, ip);
    taken.add(ip);
  };
  for (const member of inOrder) give(member.address, usable(subnet, member.wanted));
  for (const member of inOrder) give(member.address, usable(subnet, member.current));
  for (const ip of others.flatMap((text) => parseIp(text) ?? [])) taken.add(ip);
  for (const pool of pools(spec, subnet)) {
    for (const { address } of inOrder)
      if (!given.has(address)) give(address, firstFree(pool, taken, address));
  }
  return new Map([...given].map(([address, ip]) => [address, formatIp(ip)]));
}

function usable(subnet: Subnet, text: string | undefined): number | undefined {
  const ip = parseIp(text ?? '');
  if (ip === undefined || !contains(subnet, ip) || ip === subnet.network || ip === subnet.broadcast)
    return undefined;
  return ip;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is outside of the DHCP range, and after that what is in it. */
function pools(spec: NetworkSpec, subnet: Subnet): readonly (readonly Span[])[] {
  const all = { from: subnet.network + 1, to: subnet.broadcast - 1 };
  const range = parseRange(spec.dhcp_range ?? '');
  if (range === undefined) return [spans(all)];
  const outside = [
    { from: all.from, to: Math.min(all.to, range.from - 1) },
    { from: Math.max(all.from, range.to + 1), to: all.to },
  ];
  const inside = { from: Math.max(all.from, range.from), to: Math.min(all.to, range.to) };
  return [spans(...outside), spans(inside)];
}

function spans(...candidates: readonly Span[]): readonly Span[] {
  return candidates.filter(({ from, to }) => from <= to);
}

/** Probes linearly from a place given by the name. One probe more than there are taken ones is enough. */
function firstFree(pool: readonly Span[], taken: ReadonlySet<number>, address: Address): number | undefined {
  const size = pool.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (size === 0) return undefined;
  const start = createHash('sha256').update(address).digest().readUInt32BE(0) % size;
  for (let probe = 0; probe <= Math.min(taken.size, size - 1); probe += 1) {
    const ip = nth(pool, (start + probe) % size);
    if (ip !== undefined && !taken.has(ip)) return ip;
  }
  return undefined;
}

function nth(pool: readonly Span[], index: number): number | undefined {
  let left = index;
  for (const { from, to } of pool) {
    if (left <= to - from) return from + left;
    left -= to - from + 1;
  }
  return undefined;
}
