import { NovaError } from '../schema/errors.ts';
import type { Manifest } from '../schema/manifest.ts';
import type { Generation, Owner, StateReader, StateStore } from '../stateStore/stateStore.ts';
import { ensureHostKey } from './secrets/hostKey.ts';
import { isSameManifest, sealedText, withSecrets } from './secrets/sealed.ts';
import { isManifest } from './storedManifest.ts';

/** The manifest of a generation; undefined when it is one that this Nova does not know. */
export function manifestOf({ manifest }: Generation): Manifest | undefined {
  try {
    const stored: unknown = JSON.parse(manifest);
    return isManifest(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
}

/**
 * As {@link manifestOf}, with the values of secrets as they were then.
 * @throws NovaError `state.damaged`, `secret.key`, `secret.identity`
 */
export async function requireManifest(generation: Generation, stateDirectory: string): Promise<Manifest> {
  const manifest = manifestOf(generation);
  if (manifest !== undefined) return withSecrets(manifest, `generation ${generation.number}`, stateDirectory);
  throw new NovaError('state.damaged', `this version of Nova cannot read generation ${generation.number}`, {
    hint: 'go back to another one, or use the version of Nova that applied it; `nova history` lists them',
  });
}

/**
 * A generation by its number; without one, the one before the newest.
 * @throws NovaError `usage` when there is no such generation
 */
export function findGeneration(reader: StateReader, owner: Owner, number: number | undefined): Generation {
  const all = reader.generations(owner, number === undefined ? 2 : Number.MAX_SAFE_INTEGER);
  const found = number === undefined ? all[1] : all.find((generation) => generation.number === number);
  if (found !== undefined) return found;
  const what = number === undefined ? 'no generation before the newest' : `no generation ${number}`;
  throw new NovaError('usage', `${owner.project} has ${what}`, {
    hint: '`nova history` lists what has been applied as a whole',
  });
}

/** What was applied as a whole, values of secrets sealed; the same once more is no new one. */
export async function addGeneration(
  { store, owner }: { readonly store: StateStore; readonly owner: Owner },
  manifest: Manifest,
  { commit, stateDirectory }: { readonly commit: string | undefined; readonly stateDirectory: string },
): Promise<void> {
  const text = await sealedText(manifest, () => ensureHostKey(stateDirectory));
  const [newest] = store.generations(owner, 1);
  const known = newest !== undefined && isSameManifest(newest.manifest, text);
  store.addGeneration(owner, known ? newest.manifest : text, commit);
}
