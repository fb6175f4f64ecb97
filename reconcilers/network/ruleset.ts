import type { Address } from '../../schema/manifest.ts';
import type { FilterCommand } from '../host/host.ts';
import type { FilterChain, FilterRule, FilterTable } from '../host/view.ts';

/**
 * One table per project, shared by everything in it. Each rule belongs to the resource that its comment names. Rules
 * only drop new connections or translate addresses, so that their order never matters.
 */
export const chains = {
  raw: { type: 'filter', hook: 'prerouting', prio: -300 },
  forward: { type: 'filter', hook: 'forward', prio: 0 },
  prerouting: { type: 'nat', hook: 'prerouting', prio: -100 },
  output: { type: 'nat', hook: 'output', prio: -100 },
  postrouting: { type: 'nat', hook: 'postrouting', prio: 100 },
} as const;

export type ChainName = keyof typeof chains;

/** A rule as it should be; `expr` in the spelling in which `nft -j` prints it back. */
export interface Rule {
  readonly chain: ChainName;
  readonly expr: readonly unknown[];
}

/** What is there of one owner. */
export interface RulesSeen {
  /** The table and all its base chains are as they should be. */
  readonly scaffold: boolean;
  readonly rules: readonly {
    readonly chain: string;
    readonly handle: number;
    readonly expr: readonly unknown[];
    /** The owner was called so before: it is not as it should be. */
    readonly former?: string;
  }[];
  /** Chains that the kernel cannot turn into what they should be, with all rules in them, which must be made again. */
  readonly misplaced: readonly { readonly chain: ChainName; readonly rules: readonly FilterRule[] }[];
}

/**
 * The rules of an owner in the project's table.
 * @param table its name, from `tableName`
 * @param owner an address, as `network.lan`
 * @param former addresses that the owner had before; what was given up under its name counts as well
 */
export function rulesOf(
  tables: readonly FilterTable[],
  table: string,
  owner: string,
  former: readonly string[] = [],
): RulesSeen {
  const names = new Set([...former, `${released}${owner}`]);
  const found = find(tables, table);
  if (found === undefined) return { scaffold: false, rules: [], misplaced: [] };
  const seen = new Map(found.chains.map((chain) => [chain.name, chain]));
  return {
    scaffold: chainNames.every((name) => {
      const chain = seen.get(name);
      return chain !== undefined && isPlaced(name, chain) && chain.policy === 'accept';
    }),
    rules: found.rules
      .filter(({ comment = '' }) => comment === owner || names.has(comment))
      .map(({ chain, handle, expr, comment }) => ({
        chain,
        handle,
        expr,
        ...(comment === owner ? {} : { former: comment ?? '' }),
      })),
    misplaced: chainNames
      .filter((name) => !isPlaced(name, seen.get(name)))
      .map((chain) => ({ chain, rules: found.rules.filter((rule) => rule.chain === chain) })),
  };
}

/** Whether an owner's rules are other than expected; the order does not count. */
export function rulesDiffer(seen: RulesSeen, expected: readonly Rule[]): boolean {
  if (expected.length > 0 && !seen.scaffold) return true;
  const { surplus, missing } = compare(seen.rules, expected);
  return surplus.length > 0 || missing.length > 0;
}

/** How an owner's rules are other than expected, for a person: `1 of 2`, `2 of 2 and 1 other`. */
export function describeRules(seen: RulesSeen, expected: readonly Rule[]): string {
  const { surplus, missing } = compare(seen.rules, expected);
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
  const rebuilt = expected.length > 0 ? seen.misplaced : [];
  const kept = seen.rules.filter((rule) => !rebuilt.some(({ chain }) => chain === rule.chain));
  const { surplus, missing } = compare(kept, expected);
  const own = new Set([owner, ...seen.rules.map(({ former }) => former ?? owner)]);
  const ofOthers = rebuilt.flatMap(({ rules }) => rules.filter(({ comment = '' }) => !own.has(comment)));
  return [
    ...(expected.length > 0
      ? scaffold(
          table,
          rebuilt.map(({ chain }) => chain),
        )
      : []),
    ...ofOthers.map((rule) => addRule(table, rule.chain, rule.comment, rule.expr)),
    ...missing.map((rule) => addRule(table, rule.chain, owner, rule.expr)),
    ...surplus.map(({ chain, handle }) => ({ delete: { rule: { family, table, chain, handle } } })),
  ];
}

/** One transaction after which an owner's rules are as they were, and nobody's. */
export function releaseRules(table: string, owner: string, seen: RulesSeen): readonly FilterCommand[] {
  return seen.rules.flatMap(({ chain, handle, expr }) => [
    addRule(table, chain, `${released}${owner}`, expr),
    { delete: { rule: { family, table, chain, handle } } },
  ]);
}

/** How the comment begins of a rule that Nova has given up. */
const released = 'forgotten ';

/** Rules in the project's table that name no owner, for a person to read. */
export function intruders(
  tables: readonly FilterTable[],
  table: string,
  isOwner: (comment: string) => boolean = namesAnAddress,
): readonly string[] {
  return (find(tables, table)?.rules ?? [])
    .filter(({ comment = '' }) => !isOwner(comment) && !comment.startsWith(released))
    .map((rule) => `rule ${rule.handle} in chain ${rule.chain} of table ${table}`);
}

/** Addresses that own rules in the project's table, sorted. */
export function owners(tables: readonly FilterTable[], table: string): readonly Address[] {
  const comments = (find(tables, table)?.rules ?? []).map((rule) => rule.comment ?? '');
  return [...new Set(comments.filter(namesAnAddress))].toSorted();
}

/** The table is there, and no rule in it has or had an owner. Rules of strangers go with the table: it is Nova's. */
export function isEmpty(tables: readonly FilterTable[], table: string): boolean {
  const rules = find(tables, table)?.rules;
  if (rules === undefined || owners(tables, table).length > 0) return false;
  return !rules.some(({ comment = '' }) => comment.startsWith(released));
}

/** Takes the table away with all that is in it. Adding it first makes this work when there is none. */
export function removeTable(table: string): readonly FilterCommand[] {
  return [{ add: { table: { family, name: table } } }, { delete: { table: { family, name: table } } }];
}

const family = 'inet';

const chainNames: readonly ChainName[] = ['raw', 'forward', 'prerouting', 'output', 'postrouting'];

function find(tables: readonly FilterTable[], table: string): FilterTable | undefined {
  return tables.find((candidate) => candidate.family === family && candidate.name === table);
}

/** A chain that is not there is no obstacle; the policy of one that is can be changed, its hook cannot. */
function isPlaced(name: ChainName, seen: FilterChain | undefined): boolean {
  const { type, hook, prio } = chains[name];
  return seen === undefined || (seen.type === type && seen.hook === hook && seen.prio === prio);
}

function compare<Seen extends RulesSeen['rules'][number]>(
  seen: readonly Seen[],
  expected: readonly Rule[],
): { readonly surplus: readonly Seen[]; readonly missing: readonly Rule[] } {
  const missing = new Map<string, Rule[]>();
  for (const rule of expected) missing.set(keyOf(rule), [...(missing.get(keyOf(rule)) ?? []), rule]);
  const surplus = seen.filter(
    (rule) => rule.former !== undefined || missing.get(keyOf(rule))?.pop() === undefined,
  );
  return { surplus, missing: [...missing.values()].flat() };
}

function keyOf(rule: { readonly chain: string; readonly expr: readonly unknown[] }): string {
  return JSON.stringify([rule.chain, rule.expr], (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function scaffold(table: string, rebuilt: readonly ChainName[]): readonly FilterCommand[] {
  return [
    { add: { table: { family, name: table } } },
    ...chainNames.flatMap((name) => {
      const chain = { family, table, name };
      const away = rebuilt.includes(name) ? [{ flush: { chain } }, { delete: { chain } }] : [];
      return [...away, { add: { chain: { ...chain, ...chains[name], policy: 'accept' } } }];
    }),
  ];
}

function addRule(
  table: string,
  chain: string,
  comment: string | undefined,
  expr: readonly unknown[],
): FilterCommand {
  return { add: { rule: { family, table, chain, expr, ...(comment === undefined ? {} : { comment }) } } };
}

function namesAnAddress(comment: string): comment is Address {
  return /^(network|volume|container)\.[^\s]+$/.test(comment);
}
