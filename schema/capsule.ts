import type { ContainerDraft, Draft, ImageDraft } from './draft.ts';
import { addressOf } from './kinds.ts';
import type { Address, Resource } from './manifest.ts';
import { quote } from './problem.ts';
import { canonicalReference, shortReference } from './registryReference.ts';
import { meaning, text } from './values.ts';

/** Where the root of a capsule comes from. */
export type CapsuleSource =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'image'; readonly name: string }
  | { readonly type: 'registry'; readonly reference: string };

/**
 * `./rootfs`, `../base`, `/srv/base` is a folder; anything else is an image: by its name where the NovaFile declares it
 * (see {@link withImages}), otherwise by its reference, as `ubuntu:22.04`.
 */
export const capsule = meaning(
  text,
  (value, refuse): CapsuleSource => {
    if (/^(?:\.{1,2}$|\.{0,2}\/)/.test(value)) return { type: 'path', path: value };
    if (value.startsWith('~'))
      return refuse('must not start with ~', 'write the whole path, or one from the NovaFile: "./rootfs"');
    if (canonicalReference(value) !== undefined) return { type: 'registry', reference: value };
    // No reference has capital letters in such a place; names of images may.
    if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(value)) return { type: 'image', name: value };
    return refuse(
      `${quote(value)} is neither a folder nor an image reference`,
      'a folder starts with "./", "../" or "/"; a reference is lower case, as "ubuntu:22.04"',
    );
  },
  { name: 'capsule', pattern: '^[^~]' },
);

/**
 * A capsule that has the name of a declared image is that image. One that is in a registry implies an image of its own,
 * which all that name it share.
 */
export function withImages(drafts: readonly Draft[], declared: ReadonlySet<Address>): readonly Draft[] {
  const named = drafts.map((draft) => {
    if (draft.kind !== 'container' || draft.spec.capsule.type !== 'registry') return draft;
    const { reference: name } = draft.spec.capsule;
    if (!declared.has(addressOf('image', name))) return draft;
    return { ...draft, spec: { ...draft.spec, capsule: { type: 'image', name } } } satisfies ContainerDraft;
  });
  const implied = new Map<Address, ImageDraft>();
  // The order of tables is not always that of the file.
  for (const draft of named.toSorted((a, b) => (a.address < b.address ? -1 : 1))) {
    if (draft.kind !== 'container' || draft.spec.capsule.type !== 'registry') continue;
    const image = impliedFor(draft.address, draft.spec.capsule.reference);
    if (!implied.has(image.address)) implied.set(image.address, image);
  }
  return [...named, ...implied.values()];
}

/** Whether a resource is not declared, but there for capsules that name a registry. */
export function isImplied({ kind, name }: Pick<Resource, 'kind' | 'name'>): boolean {
  return kind === 'image' && /[:@]/.test(name);
}

function impliedFor(user: Address, reference: string): ImageDraft {
  const name = imageOf({ type: 'registry', reference }) ?? reference;
  const spec = { reference: canonicalReference(reference) ?? reference, insecure: false };
  const rest = { depends_on: [], broken: new Set<string>(), impliedBy: user };
  return { kind: 'image', name, address: addressOf('image', name), spec, ...rest };
}

/**
 * Name of the image that a capsule is made of; undefined for a folder of the host. No image that is declared is called as
 * one in a registry: that has a tag or a digest.
 */
export function imageOf(source: CapsuleSource): string | undefined {
  if (source.type !== 'registry') return source.type === 'image' ? source.name : undefined;
  return shortReference(canonicalReference(source.reference) ?? source.reference);
}

/** As the NovaFile writes it. */
export function formatCapsule(source: CapsuleSource): string {
  if (source.type === 'path') return source.path;
  return source.type === 'image' ? source.name : source.reference;
}
