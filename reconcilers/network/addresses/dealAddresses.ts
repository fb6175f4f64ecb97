import { createHash } from 'node:crypto';

import type { Address } from '../../../schema/manifest.ts';

/** Both ends included. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Demand {
  readonly address: Address;
  /** As the NovaFile asks for, and as it has now; undefined also for what cannot be had. */
  readonly wanted: bigint | undefined;
  readonly current: bigint | undefined;
}

/**
 * An address of either family for each demand: what it asks for, else what it has, else one chosen by its name, of the
 * first pool that has one left. Another demand never moves one that has an address, unless it asks for just that.
 * @param taken nobody gets them
 * @param others nobody gets them unless it asks for one of them, or has it
 */
export function dealAddresses(
  demands: readonly Demand[],
  options: {
    readonly taken: readonly bigint[];
    readonly others: readonly bigint[];
    readonly pools: readonly (readonly Span[])[];
  },
): ReadonlyMap<Address, bigint> {
  const given = new Map<Address, bigint>();
  const taken = new Set(options.taken);
  const inOrder = demands.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const give = (address: Address, ip: bigint | undefined) => {
    if (ip === undefined || given.has(address) || taken.has(ip)) return;
    given.set(address, ip);
    taken.add(ip);
  };
  for (const { address, wanted } of inOrder) give(address, wanted);
  for (const { address, current } of inOrder) give(address, current);
  for (const ip of options.others) taken.add(ip);
  for (const pool of options.pools) {
    for (const { address } of inOrder)
      if (!given.has(address)) give(address, firstFree(pool, taken, address));
  }
  return given;
}

/** A span without the part of it that another one covers. */
export function without(all: Span, hole: Span): readonly Span[] {
  return spans({ from: all.from, to: hole.from - 1n }, { from: hole.to + 1n, to: all.to }).map(
    ({ from, to }) => ({
      from: from > all.from ? from : all.from,
      to: to < all.to ? to : all.to,
    }),
  );
}

export function spans(...candidates: readonly Span[]): readonly Span[] {
  return candidates.filter(({ from, to }) => from <= to);
}

/** Probes linearly from a place given by the name. One probe more than there are taken ones is enough. */
function firstFree(pool: readonly Span[], taken: ReadonlySet<bigint>, address: Address): bigint | undefined {
  const size = pool.reduce((sum, { from, to }) => sum + to - from + 1n, 0n);
  if (size === 0n) return undefined;
  const start = BigInt(createHash('sha256').update(address).digest().readUInt32BE(0)) % size;
  const most = BigInt(taken.size) < size - 1n ? BigInt(taken.size) : size - 1n;
  for (let probe = 0n; probe <= most; probe += 1n) {
    const ip = nth(pool, (start + probe) % size);
    if (ip !== undefined && !taken.has(ip)) return ip;
  }
  return undefined;
}

function nth(pool: readonly Span[], index: bigint): bigint | undefined {
  let left = index;
  for (const { from, to } of pool) {
    if (left <= to - from) return from + left;
    left -= to - from + 1n;
  }
  return undefined;
}
