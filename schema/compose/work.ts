import type { Address } from '../manifest.ts';
import type { Path, Problem } from '../problem.ts';
import type { Declared, Gathered } from './gather.ts';
import type { Entry } from './origin.ts';
import type { Scope } from './scope.ts';

/** What is being composed. */
export interface Work {
  readonly base: Gathered;
  readonly profile: Gathered;
  readonly scope: Scope;
  readonly problems: Problem[];
  readonly failed: Path[];
  /** By address, as the three below. */
  readonly entries: Map<string, Entry & { readonly own: Declared }>;
  readonly tables: Map<string, unknown>;
  readonly groups: Map<Address, readonly Address[]>;
  readonly filled: Map<string, Path[]>;
}
