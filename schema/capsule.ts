import type { ContainerDraft, Draft } from './draft.ts';
import { addressOf } from './kinds.ts';
import type { Address } from './manifest.ts';
import { quote } from './problem.ts';
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
export const capsule = meaning(text, (value, refuse): CapsuleSource => {
  if (/^(?:\.{1,2}$|\.{0,2}\/)/.test(value)) return { type: 'path', path: value };
  if (value.startsWith('~'))
    return refuse('must not start with ~', 'write the whole path, or one from the NovaFile: "./rootfs"');
  if (value.length <= 512 && isReference(value)) return { type: 'registry', reference: value };
  // No reference has capital letters in such a place; names of images may.
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(value)) return { type: 'image', name: value };
  return refuse(
    `${quote(value)} is neither a folder nor an image reference`,
    'a folder starts with "./", "../" or "/"; a reference is lower case, as "ubuntu:22.04"',
  );
});

/** A capsule that has the name of a declared image is that image. */
export function withImages(drafts: readonly Draft[], declared: ReadonlySet<Address>): readonly Draft[] {
  return drafts.map((draft) => {
    if (draft.kind !== 'container' || draft.spec.capsule.type !== 'registry') return draft;
    const { reference: name } = draft.spec.capsule;
    if (!declared.has(addressOf('image', name))) return draft;
    return { ...draft, spec: { ...draft.spec, capsule: { type: 'image', name } } } satisfies ContainerDraft;
  });
}

/** As the NovaFile writes it. */
export function formatCapsule(source: CapsuleSource): string {
  if (source.type === 'path') return source.path;
  return source.type === 'image' ? source.name : source.reference;
}

/** Of the distribution project's grammar: `[host[:port]/]name[/name…][:tag][@digest]`. */
function isReference(value: string): boolean {
  const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
  const host = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?';
  const tag = '(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?';
  const digest = '(?:@sha256:[0-9a-f]{64})?';
  return new RegExp(`^(?:${host}/)?${part}(?:/${part})*${tag}${digest}$`).test(value);
}
