import type { Issue } from '../errors.ts';
import type { Choices, Files } from '../files.ts';
import { addressOf } from '../kinds.ts';
import type { Address } from '../manifest.ts';
import { folderOf as parentOf, type FolderAt } from '../paths.ts';
import type { Path, Problem } from '../problem.ts';
import type { RawTable } from '../table.ts';
import { folderAt, originOf } from './back.ts';
import { fillIn } from './fillIn.ts';
import { gather, type Layer } from './gather.ts';
import type { Origin } from './origin.ts';
import { overlay } from './overlay.ts';
import { checkProfiles, partsOf } from './profiles.ts';
import { composeResources, tablesByKind } from './resources.ts';
import { createScope } from './scope.ts';
import type { Source } from './source.ts';
import { readVariables } from './variables.ts';
import type { Work } from './work.ts';

/** All files as one document, with everything laid over and filled in, and the way back to where a value is written. */
export interface Composed {
  /** Without `include`, `vars`, `defaults` and `profile`. */
  readonly document: RawTable;
  readonly problems: readonly Problem[];
  readonly issues: readonly Issue[];
  /** All files, those of `--var-file` too. */
  readonly sources: readonly Source[];
  /** What a table with `for_each` stands for. */
  readonly groups: ReadonlyMap<Address, readonly Address[]>;
  /** Of an instance: the table that it comes from, and its key. */
  readonly instanceOf: (address: Address) => { readonly of: Address; readonly key: string } | undefined;
  /** Where texts were filled in, within the table of a resource. */
  readonly filledIn: (address: Address) => readonly Path[];
  /** Paths whose value could not be had; more about them is no news. */
  readonly failed: readonly Path[];
  readonly folderAt: (address: Address) => FolderAt;
  /** The same for what is beside resources. */
  readonly folderOf: (path: Path) => string;
  readonly originOf: (path: Path, within?: string) => Origin;
}

/** Puts the files together. The first one is the NovaFile itself. */
export function compose(sources: readonly [Source, ...Source[]], choices: Choices, files: Files): Composed {
  const [root] = sources;
  const base = gather(
    sources.map((source) => ({ source, path: [], table: source.document })),
    root,
  );
  const { parts, issues: wrongProfile } = partsOf(base, choices.profile);
  const profile = gather(parts, root);
  const read = readVariables(base, profile, choices, files);
  const scope = createScope(read.variables, choices.env ?? {});
  const work: Work = {
    base,
    profile,
    scope,
    problems: [],
    failed: [],
    entries: new Map(),
    tables: new Map(),
    groups: new Map(),
    filled: new Map(),
  };
  const others = composeOthers(work);
  composeResources(work);
  return {
    ...work,
    document: { ...others, ...tablesByKind(work) },
    problems: [
      ...base.problems,
      ...profile.problems,
      ...checkProfiles(base, choices.profile),
      ...read.problems,
      ...work.problems,
      ...scope.problems,
    ],
    issues: [...wrongProfile, ...read.issues],
    sources: [...sources, ...read.sources],
    instanceOf: (address) => {
      const entry = work.entries.get(address);
      if (entry?.instance === undefined) return undefined;
      return { of: addressOf(entry.own.kind, entry.own.name), key: entry.instance.key };
    },
    filledIn: (address) => work.filled.get(address) ?? [],
    folderAt: (address) => folderAt(work.entries.get(address), root),
    folderOf: (path) => parentOf(originOf(work, read, root, path, undefined).file),
    originOf: (path, within) => originOf(work, read, root, path, within),
  };
}

/** `project`, and what the language has beside resources: arrays of several files are one, tables merge. */
function composeOthers({ base, profile, scope, problems, failed }: Work): RawTable {
  const keys = new Set([...base.others.keys(), ...profile.others.keys()]);
  return Object.fromEntries(
    [...keys].map((key) => {
      const joined = (layers: readonly Layer[] = []): unknown =>
        layers.length > 1 && layers.every(({ value }) => Array.isArray(value))
          ? layers.flatMap(({ value }) => value as readonly unknown[])
          : layers.map(({ value }) => value).reduceRight((below, above) => overlay(above, below), undefined);
      const [below, above] = [joined(base.others.get(key)), joined(profile.others.get(key))];
      const value = above === undefined ? below : below === undefined ? above : overlay(above, below);
      return [key, fillIn(value, { scope, late: false, path: [key], problems, failed })];
    }),
  );
}
