import type { Address } from '../../schema/manifest.ts';
import type { SourceRow } from '../../stateStore/loopState.ts';
import type { Plan } from '../plan/plan.ts';

/** Pure: what a person has stopped, and the loop leaves as it is. */
export function heldIn({ held }: Pick<SourceRow, 'held'>): Set<Address> {
  return new Set(held === undefined ? [] : (JSON.parse(held) as Address[]));
}

/** Pure: the row's words for it; undefined: nothing is held. */
export function heldText(held: Iterable<Address>): string | undefined {
  const all = [...held].toSorted();
  return all.length === 0 ? undefined : JSON.stringify(all);
}

/** Pure: those of a plan. What is not declared any more goes, whoever stopped it. */
export function heldOf(plan: Plan | undefined, row: Pick<SourceRow, 'held'>): ReadonlySet<Address> {
  const held = heldIn(row);
  if (held.size === 0) return held;
  const declared = (plan?.resources ?? []).filter(({ action }) => action !== 'delete' && action !== 'keep');
  return new Set(declared.map(({ address }) => address).filter((address) => held.has(address)));
}
