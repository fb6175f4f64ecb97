import type { FilterChain, FilterRule, FilterTable } from '../../host/view.ts';
import { oncePer } from '../../oncePer.ts';
import { chainNames, type Family, hookOf, isPlaced } from './chains.ts';
import { type Found, inFamily } from './compareRules.ts';
import { type SetSeen, setSeen } from './ownSets.ts';
import { findTables } from './projectTable.ts';

/** What is there of a project's table, ordered by who asks for it: worked out once, however many owners there are. */
export interface TableIndex {
  /** The table and all its base chains are as they should be. */
  readonly scaffold: boolean;
  /** Base chains that are not always there, and are as they should be. */
  readonly further: readonly ChainSeen[];
  /** Those that the kernel cannot turn into what they should be. */
  readonly misplaced: readonly ChainSeen[];
  /** By how their names end: chains of one owner's own. */
  readonly own: ReadonlyMap<string, readonly ChainSeen[]>;
  /** The same of sets. */
  readonly sets: ReadonlyMap<string, readonly SetSeen[]>;
  /** By comment. */
  readonly rules: ReadonlyMap<string, readonly RuleSeen[]>;
}

export interface ChainSeen {
  readonly family: Family;
  readonly chain: string;
  readonly rules: readonly FilterRule[];
  /** Comments of its rules, each once. */
  readonly comments: ReadonlySet<string>;
}

export interface RuleSeen {
  /** Where it stands among all rules. */
  readonly at: number;
  readonly rule: Found;
}

export function tableIndex(tables: readonly FilterTable[], table: string): TableIndex {
  const known = indexes(tables);
  const index = known.get(table) ?? indexOf(tables, table);
  known.set(table, index);
  return index;
}

const indexes = oncePer((_: readonly FilterTable[]) => new Map<string, TableIndex>());

function indexOf(tables: readonly FilterTable[], table: string): TableIndex {
  const found = findTables(tables, table);
  const inet = found.find(({ family }) => family === 'inet');
  const chains = found.flatMap(({ family, chains: there, rules }) => {
    const byChain = Map.groupBy(rules, ({ chain }) => chain);
    return there.map((chain) => ({ chain, seen: chainSeen(family, chain.name, byChain.get(chain.name)) }));
  });
  const isSound = (chain: FilterChain) => isPlaced(chain.name, chain) && chain.policy === 'accept';
  const rules = found
    .flatMap(({ family, rules: there }) => there.map((rule) => ({ family, rule })))
    .map(({ family, rule: { chain, handle, expr, comment = '' } }, at) => {
      return { comment, at, rule: { chain, ...inFamily(family), handle, expr } };
    });
  return {
    scaffold: chainNames.every((name) => inet?.chains.some((chain) => chain.name === name && isSound(chain))),
    further: chains
      .filter(({ chain, seen }) => isFurther(seen.family, chain.name) && isSound(chain))
      .map(({ seen }) => seen),
    misplaced: chains
      .filter(({ chain }) => hookOf(chain.name) !== undefined && !isPlaced(chain.name, chain))
      .map(({ seen }) => seen),
    own: Map.groupBy(
      chains
        .map(({ seen }) => seen)
        .filter(({ chain }) => hookOf(chain) === undefined && chain.includes('-')),
      ({ chain }) => ending(chain),
    ),
    sets: Map.groupBy(
      found.flatMap(({ family, sets = [] }) => sets.map((set) => setSeen(family, set))),
      ({ key }) => ending(key),
    ),
    rules: Map.groupBy(rules, ({ comment }) => comment),
  };
}

function ending(name: string): string {
  return name.slice(name.lastIndexOf('-') + 1);
}

/** A base chain that is there only while somebody needs it. */
export function isFurther(family: Family, name: string): boolean {
  return hookOf(name) !== undefined && !(family === 'inet' && chainNames.includes(name));
}

function chainSeen(family: Family, chain: string, rules: readonly FilterRule[] = []): ChainSeen {
  return { family, chain, rules, comments: new Set(rules.map(({ comment = '' }) => comment)) };
}
