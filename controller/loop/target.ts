import type { Manifest } from '../../schema/manifest.ts';
import type { Owner, StateReader } from '../../stateStore/stateStore.ts';
import { manifestOf } from '../generation.ts';

/** A manifest that a host is to be made to look like. */
export interface Target {
  readonly revision: string;
  /** The commit that it is from; undefined when it is from a folder. */
  readonly commit: string | undefined;
  readonly manifest: Manifest;
}

/** The last good generation of a project, from what is remembered: what a controller begins with, without its source. */
export function rememberedTarget(
  reader: StateReader,
  owner: Owner,
  { goodRevision, goodGeneration }: { readonly goodRevision: string; readonly goodGeneration: number },
): Target | undefined {
  const all = reader.generations(owner, Number.MAX_SAFE_INTEGER);
  const generation = all.find(({ number }) => number === goodGeneration);
  const manifest = generation === undefined ? undefined : manifestOf(generation);
  return manifest === undefined
    ? undefined
    : { revision: goodRevision, commit: generation?.commit, manifest };
}
