import { z } from 'zod';

import { key } from './key.ts';
import { resolvePath } from './paths.ts';
import { meaning, text } from './values.ts';

/** A file or block device of the host's, or a volume. */
export type DiskSource =
  | { readonly type: 'volume'; readonly name: string }
  | { readonly type: 'path'; readonly path: string };

/** A further disk of a machine. */
export interface Disk {
  readonly source: DiskSource;
  readonly readonly?: true;
}

/** `./data.qcow2`, `/dev/disk/by-id/…` is a path; what has no slash is the name of a volume. */
function source() {
  return meaning(
    text,
    (value, refuse): DiskSource => {
      const example = 'a path has a slash in it, "./data.qcow2"; a volume has a name, "data"';
      if (value.startsWith('~')) return refuse('must not start with ~', `write the whole path; ${example}`);
      if (value.includes('/')) return { type: 'path', path: value };
      if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(value)) return { type: 'volume', name: value };
      return refuse('must be a path or the name of a volume', example);
    },
    { name: 'path or volume', pattern: '^[^~]' },
  );
}

/** `"data"`, `"./data.qcow2"`, or `{ source = "./iso.raw", readonly = true }`. */
export const disk = z.union([
  source().transform((from): Disk => ({ source: from })),
  z
    .strictObject({
      source: key(source(), {
        what: 'A qcow2 or raw file, a block device (`/dev/disk/by-id/…`), or the name of a volume.',
        example: 'disks = [{ source = "./data.qcow2" }]',
      }),
      readonly: key(z.boolean().default(false), {
        what: 'Nothing can be written to it, so several machines may have it.',
        example: 'disks = [{ source = "./media.raw", readonly = true }]',
      }),
    })
    .transform(({ source: from, readonly }): Disk => ({ source: from, ...(readonly ? { readonly } : {}) })),
]);

/** A folder of the host's, seen within a machine. */
export const share = z
  .strictObject({
    source: key(source(), {
      what: 'A folder, or the name of a volume.',
      example: 'shares = [{ source = "./src", tag = "src" }]',
    }),
    tag: key(
      meaning(
        text,
        (value, refuse) => {
          if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,30}$/.test(value)) return value;
          return refuse(
            'must be at most 31 letters, digits, dots, hyphens and underscores',
            'for example "src"',
          );
        },
        { name: 'tag', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,30}$' },
      ),
      {
        what: 'What the machine mounts it by: `mount -t virtiofs TAG /mnt`.',
        example: 'shares = [{ source = "./src", tag = "src" }]',
      },
    ),
    driver: key(z.enum(['virtiofs', '9p']).default('virtiofs'), {
      what: 'How it gets in. `virtiofs` is faster; `9p` is in older kernels too.',
      example: 'shares = [{ source = "./src", tag = "src", driver = "9p" }]',
    }),
    readonly: key(z.boolean().default(false), {
      what: 'The machine cannot write to it.',
      example: 'shares = [{ source = "./src", tag = "src", readonly = true }]',
    }),
  })
  .readonly();

export type Share = z.output<typeof share>;

/** The same, with a path seen from the NovaFile's folder. */
export function fromFolder(folder: string, from: DiskSource): DiskSource {
  return from.type === 'path' ? { ...from, path: resolvePath(folder, from.path) } : from;
}

export function formatDiskSource(from: DiskSource): string {
  return from.type === 'path' ? from.path : from.name;
}

/** As the NovaFile writes it. */
export function presentDisk({ source: from, readonly }: Disk): string | Record<string, unknown> {
  return readonly === undefined ? formatDiskSource(from) : { source: formatDiskSource(from), readonly };
}
