import type { Manifest } from '../../schema/manifest.ts';
import type { Owner, StateStore } from '../../stateStore/stateStore.ts';
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
    async add(owner, { manifest, commit }) {
      await addGeneration({ store, owner }, manifest, { commit, stateDirectory });
      return store.generations(owner, 1)[0]?.number ?? 0;
    },
  };
}
