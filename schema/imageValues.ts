import { z } from 'zod';

import { resolvePath } from './paths.ts';
import { quote } from './problem.ts';
import { canonicalReference } from './registryReference.ts';
import { meaning, text } from './values.ts';

/** A path of the host's. Whether something is there is seen when planning. */
export const hostPath = meaning(
  text,
  (value, refuse) => {
    if (value === '') return refuse('must name a file', 'for example "./disk.qcow2"');
    if (!value.startsWith('~')) return value;
    return refuse('must not start with ~', 'write the whole path, or one from the NovaFile: "./disk.qcow2"');
  },
  { name: 'path', pattern: '^[^~]' },
);

/** Absolute paths in an image, made plain. */
export const folders = z
  .array(
    meaning(text, (value, refuse) => {
      return isInside(value)
        ? resolvePath('/', value)
        : refuse('must be an absolute path', 'for example "/proc"');
    }),
  )
  .readonly();

/** How a source that is in a registry begins. */
export const registry = 'docker://';

/** How one that is downloaded begins. */
export const download = /^https?:\/\//;

/** SHA-256 of a file: 64 hexadecimal digits. */
export const sha256 = meaning(
  text,
  (value, refuse) => {
    if (/^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
    return refuse('must be 64 hexadecimal digits', 'as `sha256sum FILE` prints them');
  },
  { name: 'SHA-256', pattern: '^[0-9A-Fa-f]{64}$' },
);

/** A path of the host's, an address as `https://…`, or `docker://` and a canonical reference. */
export function source() {
  return meaning(
    hostPath,
    (value, refuse) => {
      if (download.test(value)) {
        if (URL.canParse(value) && new URL(value).password === '') return value;
        return refuse(
          'must be an address without a password in it',
          'for example "https://example.org/debian.qcow2"',
        );
      }
      if (!value.startsWith(registry)) return value;
      const reference = canonicalReference(value.slice(registry.length));
      if (reference !== undefined) return registry + reference;
      return refuse(
        'must name an image in a registry after docker://',
        'for example "docker://ubuntu:22.04" or "docker://registry.lan:5000/app:1.2"',
      );
    },
    { name: 'path, address, or image in a registry', pattern: '^[^~]' },
  );
}

/** A table from paths in an image, which are made plain: `/bin//sh` is `/bin/sh`. */
export function inside(key: string, of: z.ZodType<string>) {
  return meaning(z.record(text, of), (table, refuse) => {
    const entries = Object.entries(table).map(([path, to]) => [path, resolvePath('/', path), to] as const);
    const wrong = entries.find(([path]) => !isInside(path));
    const example = `for example ${key} = { "/bin/sh" = "${key === 'links' ? 'busybox' : '/bin/busybox'}" }`;
    if (wrong !== undefined)
      return refuse(`names ${quote(wrong[0])}, which is no absolute path in the image`, example);
    const plain = Object.fromEntries(entries.map(([, path, to]) => [path, to]));
    if (Object.keys(plain).length < entries.length)
      return refuse('names one path in two spellings', 'write it once');
    return plain;
  });
}

export function linkTarget() {
  return meaning(text, (to, refuse) =>
    to === '' ? refuse('must hold a path', 'for example "busybox"') : to,
  );
}

function isInside(path: string): boolean {
  return path.startsWith('/') && resolvePath('/', path) !== '/';
}
