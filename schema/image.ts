import { z } from 'zod';

import { commonKeys } from './common.ts';
import { download, folders, hostPath, inside, linkTarget, registry, sha256, source } from './imageValues.ts';
import { key } from './key.ts';
import { resolvePath, type FolderAt } from './paths.ts';
import { quote, type TableProblem } from './problem.ts';

/** What an image can be: a folder with a root, an OCI image layout, a disk, or an archive that a kernel starts with. */
export type ImageFormat = 'root' | 'oci' | 'qcow2' | 'raw' | 'initramfs';

/** A table `[image.NAME]` as it is written. An image is made anew when what it is made of changes. */
export const ImageTable = z.strictObject({
  source: key(source().exactOptional(), {
    what: 'What to import: a folder with a root, an OCI image layout, a qcow2 or a raw file; `docker://ubuntu:22.04` in a registry; or an address as `https://example.org/debian.qcow2`, with `sha256`.',
    without: 'it is made of `files`, `links` and `folders`',
    change: 'replace',
    example: 'source = "./disk.qcow2"',
  }),
  format: key(z.enum(['root', 'oci', 'qcow2', 'raw']).exactOptional(), {
    what: 'What the source has to be.',
    without: 'what it looks like',
    change: 'replace',
    example: 'format = "qcow2"',
  }),
  sha256: key(sha256.exactOptional(), {
    what: 'SHA-256 of what is downloaded: 64 hexadecimal digits. Nothing else is taken for it.',
    without: 'nothing is downloaded',
    change: 'replace',
    example: `sha256 = "${'0123456789abcdef'.repeat(4)}"`,
  }),
  insecure: key(z.boolean().exactOptional(), {
    what: 'The registry speaks plain HTTP, or has a certificate that nobody vouches for.',
    without: 'false: such a registry is not asked',
    change: 'replace',
    example: 'insecure = true',
  }),
  type: key(z.enum(['initramfs', 'root']).exactOptional(), {
    what: "What to make of `files`, `links` and `folders`. `initramfs`: an archive that a kernel starts with (gzip'd newc cpio). `root`: a folder.",
    without: 'it is imported from `source`',
    change: 'replace',
    example: 'type = "root"',
  }),
  files: key(inside('files', hostPath).exactOptional(), {
    what: 'Path in the image to path of a file of the host, whose mode is kept; it belongs to root.',
    without: 'none',
    change: 'replace',
    example: 'files = { "/bin/busybox" = "/bin/busybox" }',
  }),
  links: key(inside('links', linkTarget()).exactOptional(), {
    what: 'Path in the image to what the symbolic link there holds.',
    without: 'none',
    change: 'replace',
    example: 'links = { "/bin/sh" = "busybox" }',
  }),
  folders: key(folders.exactOptional(), {
    what: 'Folders in the image, beside those that files and links are in; mode 0755.',
    without: 'none',
    change: 'replace',
    example: 'folders = ["/dev", "/proc"]',
  }),
  ...commonKeys,
});

type Table = z.output<typeof ImageTable>;

/** An image with its paths absolute: imported from `source`, or made of listed files. Keys as in {@link ImageTable}. */
export type ImageSpec =
  | PulledImage
  | DownloadedImage
  | { readonly source: string; readonly format?: Exclude<ImageFormat, 'initramfs'> }
  | {
      readonly type: 'initramfs' | 'root';
      readonly files: Readonly<Record<string, string>>;
      readonly links: Readonly<Record<string, string>>;
      readonly folders: readonly string[];
    };

/** In a registry. What a tag leads to is asked once, and kept. */
export interface PulledImage {
  /** With its registry and a tag or digest: `docker.io/library/ubuntu:22.04`. */
  readonly reference: string;
  readonly insecure: boolean;
}

/** From an address, which may give nothing but what has this hash. */
export interface DownloadedImage {
  readonly url: string;
  readonly sha256: string;
  readonly format?: Exclude<ImageFormat, 'initramfs'>;
}

/** What does not fit together within one table; paths as within it. */
export function checkImage(table: Table): readonly TableProblem[] {
  const { source, type, format, files = {}, links = {}, folders: declared = [] } = table;
  const listing = (['type', 'files', 'links', 'folders'] as const).filter((key) => table[key] !== undefined);
  const [first] = listing;
  if (source === undefined && first === undefined) {
    const message = 'an image needs what it is made of: source, or type and files';
    const hint =
      'for example source = "./disk.qcow2", or type = "root" and files = { "/bin/sh" = "/bin/busybox" }';
    return [{ code: 'schema.missing', message, hint, path: [], on: 'table', involves: keys }];
  }
  if (source !== undefined && first !== undefined) {
    const hint = `leave out source, or ${listing.join(', ')}`;
    return [
      value(
        `${first} does not go with source: an image is imported, or made of files`,
        hint,
        [first],
        ['source'],
      ),
    ];
  }
  const downloaded = source !== undefined && download.test(source);
  if (downloaded && table.sha256 === undefined) {
    const hint =
      'add sha256 = "…", as `sha256sum FILE` prints it: an address may give something else one day';
    const message = 'what is downloaded needs the key sha256';
    return [{ code: 'schema.missing', message, hint, path: [], on: 'table', involves: ['source', 'sha256'] }];
  }
  const strange = [
    ...(source?.startsWith(registry) === true ? (['format'] as const) : (['insecure'] as const)),
    ...(downloaded ? [] : (['sha256'] as const)),
  ].find((key) => table[key] !== undefined);
  if (strange !== undefined)
    return [
      value(`${strange} does not go with what the image is made of`, 'leave it out', [strange], ['source']),
    ];
  if (type === undefined) {
    if (source !== undefined) return [];
    const hint = 'add type = "initramfs" or type = "root"';
    return [
      {
        code: 'schema.missing',
        message: `${first} needs the key type`,
        hint,
        path: [],
        on: 'table',
        involves: keys,
      },
    ];
  }
  if (format !== undefined)
    return [
      value('format is what a source has to be', `leave it out: the image is made as ${type}`, ['format']),
    ];
  if (Object.keys(files).length + Object.keys(links).length + declared.length === 0) {
    const hint = 'for example files = { "/init" = "./init.sh" }';
    return [
      {
        code: 'schema.missing',
        message: 'an image needs the key files',
        hint,
        path: [],
        on: 'table',
        involves: keys,
      },
    ];
  }
  return collisions(files, links, declared);
}

/** Where one of them is wrong, nothing is said of what is missing. */
const keys = ['source', 'type', 'files', 'links', 'folders'];

export function imageSpec(folderAt: FolderAt, table: Table): ImageSpec {
  const { source, format, type, files = {}, links = {}, folders: declared = [] } = table;
  if (source?.startsWith(registry) === true)
    return { reference: source.slice(registry.length), insecure: table.insecure ?? false };
  if (source !== undefined && download.test(source))
    return {
      url: source,
      sha256: table.sha256 ?? '',
      ...(format === undefined ? {} : { format }),
    };
  if (type === undefined)
    return {
      source: resolvePath(folderAt('source'), source ?? '.'),
      ...(format === undefined ? {} : { format }),
    };
  const paths = Object.entries(files).map(
    ([path, from]) => [path, resolvePath(folderAt('files', path), from)] as const,
  );
  return { type, files: Object.fromEntries(paths), links, folders: declared };
}

/** A path in an image is one thing, and what lies above another one is a folder. */
function collisions(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>>,
  declared: readonly string[],
): readonly TableProblem[] {
  const leaves = [
    ...Object.keys(files).map((path) => ['files', path] as const),
    ...Object.keys(links).map((path) => ['links', path] as const),
  ];
  const above = new Set([...leaves.map(([, path]) => path), ...declared].flatMap(parents));
  const occupied = new Set([...above, ...declared]);
  return leaves.flatMap(([key, path]) => {
    const twice = key === 'links' && path in files;
    if (!twice && !occupied.has(path)) return [];
    const what = twice ? 'a file as well' : 'a folder as well';
    return [
      value(`${key} names ${quote(path)}, which is ${what}`, 'a path is one thing: leave one of them out', [
        key,
        path,
      ]),
    ];
  });
}

/** The folders that an absolute path is in, but `/`. */
export function parents(path: string): readonly string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function value(
  message: string,
  hint: string,
  path: readonly string[],
  involves: readonly string[] = [],
): TableProblem {
  return { code: 'schema.value', message, hint, path, involves };
}
