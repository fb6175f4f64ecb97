import type { FilterCommand } from '../../host/host.ts';
import type { FilterChain } from '../../host/view.ts';

/** One table per project, shared by everything in it, in each family that is needed. */
export type Family = 'inet' | 'bridge';

/** The base chains that a table of a project always has. */
export const chains = {
  raw: { type: 'filter', hook: 'prerouting', prio: -300 },
  forward: { type: 'filter', hook: 'forward', prio: 0 },
  prerouting: { type: 'nat', hook: 'prerouting', prio: -100 },
  output: { type: 'nat', hook: 'output', prio: -100 },
  postrouting: { type: 'nat', hook: 'postrouting', prio: 100 },
} as const;

/** Those that are made when a rule is to be in them: `own` sees what this host sends, `bridged` what a bridge passes on. */
const further = {
  own: { type: 'filter', hook: 'output', prio: 0 },
  bridged: { type: 'filter', hook: 'forward', prio: 0 },
} as const;

export type ChainName = keyof typeof chains;

export const chainNames: readonly string[] = ['raw', 'forward', 'prerouting', 'output', 'postrouting'];

interface Hooked {
  readonly type: string;
  readonly hook: string;
  readonly prio: number;
}

/** Where a base chain hooks in; undefined for a chain of one owner, to which rules of base chains jump. */
export function hookOf(name: string): Hooked | undefined {
  const all: Readonly<Record<string, Hooked>> = { ...chains, ...further };
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

/** Whether the kernel has it as it should be; the policy of one that is not can be changed, its hook cannot. */
export function isPlaced(name: string, { type, hook, prio }: FilterChain): boolean {
  const wanted = hookOf(name);
  return type === wanted?.type && hook === wanted?.hook && prio === wanted?.prio;
}

/** A command that may come twice in one transaction. */
export function addChain(table: string, family: Family, name: string): FilterCommand {
  const hook = hookOf(name);
  const chain = { family, table, name };
  return { add: { chain: hook === undefined ? chain : { ...chain, ...hook, policy: 'accept' } } };
}
