import { type Family, hookOf } from './chains.ts';
import type { Rule } from './ruleset.ts';
import { isAlike, spelled } from './statements.ts';

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
): Differences {
  const [wanted, there] = [Map.groupBy(expected, chainOf), Map.groupBy(seen, chainOf)];
  const unlike = [...new Set([...wanted.keys(), ...there.keys()])]
    .map((key) => ({ seen: there.get(key) ?? [], expected: wanted.get(key) ?? [] }))
    .filter((chain) => !isSame(chain.seen, chain.expected))
    .map((chain) => (order === 'as it counts' && isOwn(chain) ? asWhole(chain) : inAnyOrder(chain)));
  return {
    surplus: unlike.flatMap(({ surplus }) => surplus),
    missing: unlike.flatMap(({ missing }) => missing),
  };
}

/** As a property that is left out for the family that is meant by default. */
export function inFamily(family: Family): { readonly family?: Family } {
  return family === 'inet' ? {} : { family };
}

/** What is there of one chain, and what should be. */
interface Chain {
  readonly seen: readonly Found[];
  readonly expected: readonly Rule[];
}

interface Differences {
  readonly surplus: readonly Found[];
  readonly missing: readonly Rule[];
}

function isOwn({ seen: [one], expected: [other] }: Chain): boolean {
  return hookOf((one ?? other)?.chain ?? '') === undefined;
}

function asWhole({ seen, expected }: Chain): Differences {
  return { surplus: seen, missing: expected };
}

function inAnyOrder({ seen, expected }: Chain): Differences {
  const missing = Map.groupBy(expected, keyOf);
  const surplus = seen.filter(
    (rule) => rule.former !== undefined || missing.get(keyOf(rule))?.pop() === undefined,
  );
  return { surplus, missing: [...missing.values()].flat() };
}

function isSame(seen: readonly Found[], expected: readonly Rule[]): boolean {
  if (seen.length !== expected.length || seen.some(({ former }) => former !== undefined)) return false;
  return expected.every((rule, index) => isAlike(rule.expr, seen[index]?.expr));
}

function chainOf({ family = 'inet', chain }: Rule): string {
  return `${family} ${chain}`;
}

function keyOf({ expr }: Rule): string {
  return spelled(expr);
}
