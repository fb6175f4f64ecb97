import type { FilterCommand } from '../../host/host.ts';
import type { FilterRule, FilterTable } from '../../host/view.ts';
import { addChain, chainNames, type Family, hookOf } from './chains.ts';
import { compareRules, type Found, inFamily } from './compareRules.ts';
import { placeIn, setCommands, setsDiffer, type SetSeen } from './ownSets.ts';
import { released } from './projectTable.ts';
import { type ChainSeen, isFurther, tableIndex } from './tableIndex.ts';

export { chains, type ChainName } from './chains.ts';

/**
 * A rule as it should be; `expr` in the spelling in which `nft -j` prints it back. Each belongs to the resource that its
 * comment names. In a base chain rules only drop new connections or translate addresses, so that their order never
 * matters; in a chain of the owner's own they stand in the order given.
 */
export interface Rule {
  readonly chain: string;
  /** Default: `inet`. */
  readonly family?: Family;
  readonly expr: readonly unknown[];
}

/** What is there of one owner. */
export interface RulesSeen {
  /** The table and all its base chains are as they should be. */
  readonly scaffold: boolean;
  /** What is not always there, and is, as `inet own`: further base chains, and the owner's own chains. */
  readonly further?: readonly string[];
  /** Those of the further base chains in which others have rules. */
  readonly shared?: readonly string[];
  /** The owner's own sets. */
  readonly sets?: readonly SetSeen[];
  readonly rules: readonly Found[];
  /** Chains that the kernel cannot turn into what they should be, with all rules in them, which must be made again. */
  readonly misplaced: readonly {
    readonly chain: string;
    readonly family?: Family;
    readonly rules: readonly FilterRule[];
  }[];
}

/**
 * The rules of an owner in the project's table.
 * @param table its name, from `tableName`
 * @param owner an address, as `network.lan`
 * @param former addresses that the owner had before; what was given up under its name counts as well
 * @param own how the names of its own chains end; default: it has none
 */
export function rulesOf(
  tables: readonly FilterTable[],
  table: string,
  owner: string,
  former: readonly string[] = [],
  own?: string,
): RulesSeen {
  const names = [...new Set([owner, ...former, `${released}${owner}`])];
  const { scaffold, further, misplaced, own: chains, sets, rules } = tableIndex(tables, table);
  const isTheirs = ({ comments }: ChainSeen) => comments.values().some((name) => !names.includes(name));
  const found = names.flatMap((name) => (rules.get(name) ?? []).map((seen) => ({ ...seen, name })));
  return {
    scaffold,
    further: [...further, ...(own === undefined ? [] : (chains.get(own) ?? []))].map(keyOfChain),
    shared: further.filter(isTheirs).map(keyOfChain),
    sets: own === undefined ? [] : (sets.get(own) ?? []),
    rules: found
      .toSorted((one, other) => one.at - other.at)
      .map(({ rule, name }) => (name === owner ? rule : { ...rule, former: name })),
    misplaced: misplaced.map(({ chain, family, rules: all }) => ({
      chain,
      ...inFamily(family),
      rules: all,
    })),
  };
}

function keyOfChain({ family, chain }: ChainSeen): string {
  return `${family} ${chain}`;
}

/** Whether an owner's rules are other than expected; the order counts in its own chains. */
export function rulesDiffer(seen: RulesSeen, expected: readonly Rule[]): boolean {
  if (expected.length > 0 && !isScaffolded(seen, expected)) return true;
  if (setsDiffer(seen, expected)) return true;
  const { surplus, missing } = compareRules(seen.rules, expected);
  return surplus.length > 0 || missing.length > 0 || leftChains(seen, expected).length > 0;
}

/** How an owner's rules are other than expected, for a person: `1 of 2`, `2 of 2 and 1 other`. */
export function describeRules(seen: RulesSeen, expected: readonly Rule[]): string {
  const { surplus, missing } = compareRules(seen.rules, expected, 'in any order');
  const others = surplus.length === 0 ? '' : ` and ${surplus.length} other`;
  return `${expected.length - missing.length} of ${expected.length}${others}`;
}

/**
 * One transaction that leaves exactly the expected rules of an owner, and those of others as they are; `[]` when that
 * is so already. The scaffold is made by commands that may come twice in one transaction.
 * @param seen from a fresh view: handles are only good as long as nobody else changes the table
 */
export function replaceRules(
  table: string,
  owner: string,
  seen: RulesSeen,
  expected: readonly Rule[],
): readonly FilterCommand[] {
  if (!rulesDiffer(seen, expected)) return [];
  const families = new Set<string>(expected.map(({ family = 'inet' }) => family));
  const rebuilt = seen.misplaced.filter(({ family = 'inet' }) => families.has(family));
  const sets = setCommands(table, seen, expected);
  const cleared = sets.renewed ? ownChainsOf(seen) : [];
  const isRebuilt = (rule: { chain: string; family?: Family }) =>
    rebuilt.some(({ chain, family }) => chain === rule.chain && family === rule.family) ||
    cleared.includes(`${rule.family ?? 'inet'} ${rule.chain}`);
  const { surplus, missing } = compareRules(
    seen.rules.filter((rule) => !isRebuilt(rule)),
    expected,
  );
  const own = new Set([owner, ...seen.rules.map(({ former }) => former ?? owner)]);
  const ofOthers = rebuilt.flatMap(({ family, rules }) =>
    rules
      .filter(({ comment = '' }) => !own.has(comment))
      .map((rule) => ({ ...rule, ...(family && { family }) })),
  );
  return [
    ...(expected.length > 0 ? scaffold(table, rebuilt, expected) : []),
    ...flushed(table, cleared),
    ...sets.before,
    ...ofOthers.map((rule) => addRule(table, rule, rule.comment)),
    ...missing.map((rule) => addRule(table, rule, owner)),
    ...surplus.map((rule) => deleteRule(table, rule)),
    // One leads to another.
    ...flushed(table, leftChains(seen, expected)),
    ...leftChains(seen, expected).map((key) => ({ delete: { chain: placeIn(table, key) } })),
    ...sets.after,
    ...emptied(table, seen, expected),
  ];
}

/** One transaction after which an owner's rules are as they were, and nobody's. */
export function releaseRules(table: string, owner: string, seen: RulesSeen): readonly FilterCommand[] {
  return seen.rules.flatMap((rule) => [addRule(table, rule, `${released}${owner}`), deleteRule(table, rule)]);
}

/** A rule in a base chain that is there only while somebody needs it. */
export function isFurtherRule({ family = 'inet', chain }: Pick<Rule, 'family' | 'chain'>): boolean {
  return isFurther(family, chain);
}

function isScaffolded({ scaffold, further = [] }: RulesSeen, expected: readonly Rule[]): boolean {
  return scaffold && furtherOf(expected).every(({ family, name }) => further.includes(`${family} ${name}`));
}

/** Chains that rules need beside those that are always there. */
function furtherOf(rules: readonly Rule[]): readonly { readonly family: Family; readonly name: string }[] {
  const needed = rules
    .map(({ family = 'inet', chain: name }) => ({ family, name }))
    .filter(({ family, name }) => family !== 'inet' || !chainNames.includes(name));
  return [...new Map(needed.map((chain) => [`${chain.family} ${chain.name}`, chain])).values()];
}

/** The owner's own chains in which nothing is expected. */
function leftChains(seen: RulesSeen, expected: readonly Rule[]): readonly string[] {
  const needed = new Set(furtherOf(expected).map(({ family, name }) => `${family} ${name}`));
  return ownChainsOf(seen).filter((key) => !needed.has(key));
}

function ownChainsOf({ further = [] }: RulesSeen): readonly string[] {
  return further.filter((key) => hookOf(key.split(' ')[1] ?? '') === undefined);
}

function flushed(table: string, chains: readonly string[]): readonly FilterCommand[] {
  return chains.map((key) => ({ flush: { chain: placeIn(table, key) } }));
}

/** Further base chains go with the last rule in them, by the hand of who had it there. */
function emptied(
  table: string,
  { further = [], shared = [], rules }: RulesSeen,
  expected: readonly Rule[],
): readonly FilterCommand[] {
  const had = new Set(rules.map(({ family = 'inet', chain }) => `${family} ${chain}`));
  const kept = new Set([...shared, ...furtherOf(expected).map(({ family, name }) => `${family} ${name}`)]);
  const unused = further.flatMap((key) => {
    const chain = placeIn(table, key);
    return kept.has(key) || !had.has(key) || hookOf(chain.name) === undefined ? [] : [chain];
  });
  return [
    ...unused.map((chain) => ({ delete: { chain } })),
    ...unused
      .filter(({ family }) => family === 'bridge')
      .map(({ family }) => ({ delete: { table: { family, name: table } } })),
  ];
}

function scaffold(
  table: string,
  rebuilt: RulesSeen['misplaced'],
  expected: readonly Rule[],
): readonly FilterCommand[] {
  const needed = [...chainNames.map((name) => ({ family: 'inet' as const, name })), ...furtherOf(expected)];
  const families = new Set(needed.map(({ family }) => family));
  return [
    ...[...families].map((family) => ({ add: { table: { family, name: table } } })),
    ...needed.flatMap(({ family, name }) => {
      const chain = { family, table, name };
      const isIt = (each: RulesSeen['misplaced'][number]) =>
        each.chain === name && (each.family ?? 'inet') === family;
      const away = rebuilt.some(isIt) ? [{ flush: { chain } }, { delete: { chain } }] : [];
      return [...away, addChain(table, family, name)];
    }),
  ];
}

function addRule(table: string, { family = 'inet', chain, expr }: Rule, comment?: string): FilterCommand {
  return { add: { rule: { family, table, chain, expr, ...(comment === undefined ? {} : { comment }) } } };
}

function deleteRule(table: string, { family = 'inet', chain, handle }: Found): FilterCommand {
  return { delete: { rule: { family, table, chain, handle } } };
}
