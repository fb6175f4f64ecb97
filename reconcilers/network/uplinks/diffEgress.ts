import type { NetworkSpec } from '../../../schema/network.ts';
import type { FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import {
  egressAsMarked,
  egressLink,
  type EgressSeen,
  entriesFor,
  type Entry,
  isRule,
  keyOfEntry,
} from './egress.ts';
import type { Place } from '../place.ts';
import type { NetworkSeen } from '../seen.ts';

/** Pure: what a network that is made gets. */
export function createEgress(spec: NetworkSpec): readonly NetworkStep[] {
  const link = egressLink(spec);
  if (link === undefined) return [];
  const change = { path: 'uplink', before: undefined, after: link };
  return [step(`members leave by ${link}, and by nothing else`, 'missing', [change])];
}

/**
 * Pure: rules and routes that are not as they should be.
 * @param renewed the link by which members leave is made, or mended, before: what is near it comes with it
 */
export function diffEgress(
  spec: NetworkSpec,
  { place, egress }: NetworkSeen,
  renewed = false,
): readonly NetworkStep[] {
  if (egress === undefined) return createEgress(spec);
  const { missing, surplus } = compareEgress(place, spec, egress);
  if (missing.length === 0 && surplus.length === 0)
    return renewed && egressLink(spec) !== undefined
      ? [step('what is near its uplink comes with it', 'changed', [])]
      : [];
  const marked = compareEgress(place, spec, egressAsMarked(egress));
  if (marked.missing.length === 0 && marked.surplus.length === 0)
    return [step('what leads out by its uplink was given up', 'changed', [])];
  const change = { path: 'uplink', before: told(surplus), after: told(missing) };
  return [step(reasonFor(missing, surplus), 'changed', [change])];
}

/** Pure: they go after the bridge has. */
export function removeEgress({ egress }: NetworkSeen): readonly NetworkStep[] {
  if (egress === undefined) return [];
  const change = { path: 'uplink', before: told(egress.entries), after: undefined };
  return [{ ...step('what led out by its uplink goes', 'unmanaged', [change]), id: 'egress.remove' }];
}

/** Pure: entries that are not there and should be, and the other way round. */
export function compareEgress(
  place: Place,
  spec: NetworkSpec | undefined,
  seen: EgressSeen,
): { readonly missing: readonly Entry[]; readonly surplus: readonly Entry[] } {
  const wanted = spec === undefined ? [] : entriesFor(place, spec, seen);
  const keyed = (entries: readonly Entry[]) => new Set(entries.map(keyIn));
  const [want, have] = [keyed(wanted), keyed(seen.entries)];
  return {
    missing: wanted.filter((entry) => !have.has(keyIn(entry))),
    surplus: seen.entries.filter((entry) => !want.has(keyIn(entry))),
  };
}

function keyIn(entry: Entry): string {
  return `${entry.family} ${keyOfEntry(entry)}`;
}

function reasonFor(missing: readonly Entry[], surplus: readonly Entry[]): string {
  if (missing.length === 0) return `members would also leave otherwise: ${told(surplus)}`;
  return `members do not find the way out: ${told(missing)}`;
}

/** For a person, as `default via 192.168.1.1 dev wan0`. */
function told(entries: readonly Entry[]): string | undefined {
  const words = entries.map((entry) =>
    (isRule(entry) ? `rule from ${entry.from ?? 'all'} lookup ${entry.table}` : describe(entry)).trim(),
  );
  return words.length === 0 ? undefined : words.join(', ');
}

function describe({ to, via, link }: Exclude<Entry, { readonly priority: number }>): string {
  const way = link === undefined ? 'nowhere' : `${via === undefined ? '' : `via ${via} `}dev ${link}`;
  return `${to === '::/0' ? 'IPv6 default' : to} ${way}`;
}

function step(reason: string, kind: NetworkStep['class'], changes: readonly FieldChange[]): NetworkStep {
  return { id: 'egress', effect: 'live', class: kind, reason, changes };
}
