import { type Family, hookOf } from './chains.ts';
import type { Rule } from './ruleset.ts';
import { spelled } from './statements.ts';

/** A rule that is there. */
export interface Found extends Rule {
  readonly handle: number;
  /** The owner was called so before: it is not as it should be. */
  readonly former?: string;
}

/**
 * Rules of one owner that are not expected, and expected ones that are not there. A chain of its own in which they stand
 * in another order, or others, is made anew as a whole.
 */
export function compareRules(
  seen: readonly Found[],
  expected: readonly Rule[],
  order: 'as it counts' | 'in any order' = 'as it counts',
): { readonly surplus: readonly Found[]; readonly missing: readonly Rule[] } {
  const isSorted = ({ chain }: Rule) => order === 'as it counts' && hookOf(chain) === undefined;
  const own = Map.groupBy(expected.filter(isSorted), chainOf);
  const ownSeen = Map.groupBy(seen.filter(isSorted), chainOf);
  const unlike = [...new Set([...own.keys(), ...ownSeen.keys()])].filter(
    (key) => !isSame(ownSeen.get(key) ?? [], own.get(key) ?? []),
  );
  const { surplus, missing } = compareAny(
    seen.filter((rule) => !isSorted(rule)),
    expected.filter((rule) => !isSorted(rule)),
  );
  return {
    surplus: [...surplus, ...unlike.flatMap((key) => ownSeen.get(key) ?? [])],
    missing: [...unlike.flatMap((key) => own.get(key) ?? []), ...missing],
  };
}

/** As a property that is left out for the family that is meant by default. */
export function inFamily(family: Family): { readonly family?: Family } {
  return family === 'inet' ? {} : { family };
}

function compareAny(
  seen: readonly Found[],
  expected: readonly Rule[],
): { readonly surplus: readonly Found[]; readonly missing: readonly Rule[] } {
  const missing = new Map<string, Rule[]>();
  for (const rule of expected) missing.set(keyOf(rule), [...(missing.get(keyOf(rule)) ?? []), rule]);
  const surplus = seen.filter(
    (rule) => rule.former !== undefined || missing.get(keyOf(rule))?.pop() === undefined,
  );
  return { surplus, missing: [...missing.values()].flat() };
}

function isSame(seen: readonly Found[], expected: readonly Rule[]): boolean {
  if (seen.length !== expected.length || seen.some(({ former }) => former !== undefined)) return false;
  return expected.every(
    (rule, index) => keyOf(rule) === keyOf(seen[index] ?? rule) && seen[index] !== undefined,
  );
}

function chainOf({ family = 'inet', chain }: Rule): string {
  return `${family} ${chain}`;
}

function keyOf(rule: Rule): string {
  return `${chainOf(rule)} ${spelled(rule.expr)}`;
}
