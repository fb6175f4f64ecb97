import type { Address } from './manifest.ts';
import { resolvePath } from './paths.ts';
import { quote } from './problem.ts';
import { meaning, text } from './values.ts';

/** Where the content of a disk, a kernel or an initrd comes from. */
export type ImageSource =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'image'; readonly name: string };

/** `./debian.qcow2` is a file; what has no slash is the name of an `[image.NAME]`. */
export const imageSource = meaning(
  text,
  (value, refuse): ImageSource => {
    const file = 'a file has a slash in it: "./debian.qcow2"';
    if (value.startsWith('~')) return refuse('must not start with ~', `write the whole path; ${file}`);
    if (value.endsWith('/')) return refuse('must be a file, not a folder', file);
    if (value.includes('/')) return { type: 'path', path: value };
    if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(value)) return { type: 'image', name: value };
    return refuse(`${quote(value)} is neither the path of a file nor the name of an image`, file);
  },
  { name: 'path or image', pattern: '^[^~]([^/]|.*[^/])?$' },
);

/** The same, with a path seen from the NovaFile's folder. */
export function sourceFrom(folder: string, source: ImageSource): ImageSource {
  return source.type === 'path' ? { ...source, path: resolvePath(folder, source.path) } : source;
}

/** `image.NAME` */
export function imageAddress(name: string): Address {
  return `image.${name}` as Address;
}
