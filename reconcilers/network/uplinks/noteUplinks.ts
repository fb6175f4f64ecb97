import type { NetworkSpec } from '../../../schema/network.ts';
import { keyOfAddress, loadOf, noLoad } from './carry.ts';
import { union } from './loads.ts';
import type { Uplinks } from './uplinkMoves.ts';
import { defaultConfirm, type PortRecord, type UplinkRecord } from './uplinkRecord.ts';

/** Every port with what it was, be it known from before or seen now. */
export function note(
  spec: NetworkSpec | undefined,
  wanted: readonly string[],
  uplinks: Uplinks,
): UplinkRecord {
  const { record, links, carried, bridge } = uplinks;
  const held = new Set(loadOf(carried, bridge).addresses.map(keyOfAddress));
  // Those that the NovaFile has given up are its own until they are gone.
  const former = (record?.own ?? []).filter((cidr) => held.has(cidr));
  const own = [...new Set([...ownOf(spec), ...former])];
  const known = record?.ports ?? [];
  const ports = wanted.flatMap((name, index): readonly PortRecord[] => {
    const link = links.find((each) => each.name === name);
    const before = known.find((port) => port.name === name);
    if (link === undefined) return before === undefined ? [] : [before];
    const seen = loadOf(carried, name);
    if (before !== undefined) return [{ ...before, ...union(before, seen) }];
    // It is not known any more what a port was: what the bridge has is the first one's.
    const there = link.master !== bridge || index > 0 ? noLoad : loadOf(carried, bridge);
    const brought = { ...there, addresses: there.addresses.filter(({ cidr }) => !own.includes(cidr)) };
    return [{ name, up: link.up, mtu: link.mtu, ...union(brought, seen) }];
  });
  const others = known.filter(({ name }) => !wanted.includes(name));
  return { ports: [...ports, ...others], own, confirm: confirmOf(spec, record) };
}

/** Addresses that the bridge has from a NovaFile. */
export function ownOf(spec: NetworkSpec | undefined): readonly string[] {
  return [spec?.subnet ?? [], spec?.subnet6 ?? []].flat();
}

export function confirmOf(
  spec: NetworkSpec | undefined,
  record: UplinkRecord | undefined,
): UplinkRecord['confirm'] {
  if (spec === undefined) return record?.confirm ?? defaultConfirm;
  const { confirm_timeout: timeout = defaultConfirm.timeout, confirm_address: address } = spec;
  return { timeout, ...(address === undefined ? {} : { address }) };
}
