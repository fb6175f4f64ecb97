import { policyOf } from '../../schema/common.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import { present } from '../../schema/present.ts';
import type { Owner, StateReader } from '../../stateStore/stateStore.ts';
import { manifestOf } from '../generation.ts';
import { hashOf } from './hash.ts';

/** What is known beside the manifest that the host is to look like. */
export interface Known {
  /** The newest generation: what was applied as a whole last. */
  readonly applied?: Manifest | undefined;
  /** What the NovaFile says, where that is not what the host is to look like: everything is being destroyed. */
  readonly file?: Manifest | undefined;
}

/** The newest generation of a project, as far as this Nova can read it. */
export function lastApplied(reader: StateReader, owner: Owner): Known {
  return createLastApplied()(reader, owner);
}

/** As {@link lastApplied}, for whoever asks again and again: the very same while there is no newer one. */
export function createLastApplied(): typeof lastApplied {
  let before: { readonly text: string | undefined; readonly known: Known } | undefined;
  return (reader, owner) => {
    const [newest] = reader.generations(owner, 1);
    if (before !== undefined && before.text === newest?.manifest) return before.known;
    const applied = newest && manifestOf(newest);
    before = { text: newest?.manifest, known: applied === undefined ? {} : { applied } };
    return before.known;
  };
}

/** What is said of something that is not declared any more, by the NovaFile or when it was applied last. */
export function lastSaid({ file, applied }: Known, address: Address): Resource | undefined {
  const find = (manifest: Manifest | undefined) =>
    manifest?.resources.find((resource) => resource.address === address);
  return find(file) ?? find(applied);
}

/** Whether it is the host that moved: the NovaFile says what it said when it was applied. Undefined: nobody knows. */
export function isAsApplied({ applied }: Known, { address, kind, spec }: Resource): boolean | undefined {
  const before = applied?.resources.find((resource) => resource.address === address);
  return before && hashOf(present(before.kind, before.spec)) === hashOf(present(kind, spec));
}

/** Whether a plan must not delete it. */
export function isProtected(resource: Resource | undefined): boolean {
  return resource !== undefined && policyOf(resource).prevent_destroy;
}
