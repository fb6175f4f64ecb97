import type { Manifest } from '../../schema/manifest.ts';
import type { Generation, Owner, StateStore } from '../../stateStore/stateStore.ts';
import { addGeneration, requireManifest } from '../generation.ts';

/** A manifest that a host is to be made to look like. */
export interface Target {
  readonly revision: string;
  /** The commit that it is from; undefined when it is from a folder. */
  readonly commit: string | undefined;
  readonly manifest: Manifest;
}

/** The generations of a project, values of secrets sealed. */
export interface Generations {
  /**
   * The last good one of a source: what a controller begins with, without the source. Undefined when there is none.
   * @throws NovaError `state.damaged`, `secret.*`
   */
  last(source: string): Promise<Target | undefined>;
  /** Of any generation. @throws NovaError `state.damaged`, `secret.*` */
  manifestOf(generation: Generation): Promise<Manifest>;
  /** Writes one down; returns its number. */
  add(owner: Owner, target: Target): Promise<number>;
}

export function createGenerations(store: StateStore, scope: string, stateDirectory: string): Generations {
  return {
    async last(source) {
      const row = store.sources(scope).find(({ name }) => name === source);
      const { project, goodRevision: revision, goodGeneration } = row ?? {};
      if (project === undefined || revision === undefined) return undefined;
      const all = store.generations({ scope, project }, Number.MAX_SAFE_INTEGER);
      const generation = all.find(({ number }) => number === goodGeneration);
      if (generation === undefined) return undefined;
      const manifest = await requireManifest(generation, stateDirectory);
      return { revision, commit: generation.commit, manifest };
    },
    manifestOf: (generation) => requireManifest(generation, stateDirectory),
    async add(owner, { manifest, commit }) {
      await addGeneration({ store, owner }, manifest, { commit, stateDirectory });
      return store.generations(owner, 1)[0]?.number ?? 0;
    },
  };
}

/**
 * Pure: what an earlier generation is called as a revision: by its commit, where it is from one of the ref that is followed.
 * @param newest the revision that was read last
 */
export function revisionOfGeneration(
  { number, commit }: Pick<Generation, 'number' | 'commit'>,
  newest: string | undefined,
): string {
  const [, ref] = /^(.+)@[0-9a-f]{40}$/.exec(newest ?? '') ?? [];
  return ref === undefined || commit === undefined ? `generation ${number}` : `${ref}@${commit}`;
}
