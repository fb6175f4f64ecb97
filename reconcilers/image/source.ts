import type { ImageFormat } from '../../schema/image.ts';
import { chooseFrom } from '../container/layout.ts';
import { architecture } from '../container/observe.ts';
import type { HostView } from '../host/host.ts';
import type { Obstacle } from '../reconciler.ts';
import type { TreeEntry, TreePart } from '../host/tree.ts';
import { digestOf, diskLine, lineOf, lineOfPart, versionOf } from './digest.ts';
import { type FilesSpec, type LocalImage, partsOf } from './parts.ts';
import { headerSize, isQcow2, whyIncomplete } from './qcow2.ts';
import type { Identified } from './seen.ts';

/** What an image is made of, as it is now. */
export interface Source extends Identified {
  /** Of an image of listed files: everything in it. */
  readonly parts: readonly TreePart[] | undefined;
  /** SHA-256 of each file by its version. */
  readonly hashes: ReadonlyMap<string, string>;
}

export type SourceRead = { readonly source: Source } | { readonly problem: Obstacle };

/**
 * Reads what an image is made of. Problems are `image.missing` and `image.invalid`.
 * @param known hashes of files by their versions: those files are not read again
 */
export async function readSource(
  view: HostView,
  spec: LocalImage,
  known: ReadonlyMap<string, string>,
): Promise<SourceRead> {
  const hashes = new Map<string, string>();
  const hash = async (path: string, entry: TreeEntry): Promise<string> => {
    const version = versionOf(entry);
    const found = known.get(version) ?? hashes.get(version) ?? (await view.sha256(path)) ?? '';
    hashes.set(version, found);
    return found;
  };
  if (!('source' in spec)) return readFiles(view, spec, hash, hashes);
  const { source: path } = spec;
  const entries = await view.tree(path);
  if (entries === undefined) return missing(path, ['source']);
  const looked = await look(view, path, entries, spec.format);
  if (typeof looked === 'string')
    return invalid(
      `${path}: ${looked}`,
      'give a folder with a root, an OCI image layout, a qcow2 or a raw file',
      ['source'],
    );
  const { format } = looked;
  const digest = await contentDigest(path, format, entries, hash);
  const chosen = format === 'oci' ? await chooseFrom(view, path, architecture) : undefined;
  const manifest = chosen?.type === 'manifest' ? chosen.digest : undefined;
  return { source: { digest, format, manifest, parts: undefined, hashes } };
}

type Hash = (path: string, entry: TreeEntry) => Promise<string>;

/** The digest of an image from the files that it consists of. */
export async function contentDigest(
  path: string,
  format: ImageFormat,
  entries: readonly TreeEntry[],
  hash: Hash,
): Promise<string> {
  const lines = entries.map(async (entry) => {
    const content = entry.type === 'file' ? await hash(`${path}${entry.path}`, entry) : undefined;
    return entry.path === '' && content !== undefined ? diskLine(content) : lineOf(entry, content);
  });
  return digestOf(format, await Promise.all(lines));
}

async function look(
  view: HostView,
  path: string,
  entries: readonly TreeEntry[],
  insisted: ImageFormat | undefined,
): Promise<{ readonly format: ImageFormat } | string> {
  const [root] = entries;
  if (root?.type === 'directory') {
    const layout = entries.some(({ path: inner }) => inner === '/oci-layout');
    const format = insisted ?? (layout ? 'oci' : 'root');
    if (format !== 'root' && format !== 'oci') return `it is a folder, not ${format}`;
    if (format === 'oci' && !layout) return 'it is no OCI image layout: it holds no oci-layout';
    return entries.length === 1 ? 'the folder is empty' : { format };
  }
  if (root?.type !== 'file') return 'it is neither a file nor a folder';
  if (root.size === 0) return 'the file is empty';
  const head = (await view.head(path, headerSize)) ?? '';
  const format = insisted ?? (isQcow2(head) ? 'qcow2' : 'raw');
  if (format === 'root' || format === 'oci')
    return `it is a file, not a folder with ${format === 'oci' ? 'an OCI image layout' : 'a root'}`;
  if (format === 'raw') return { format };
  if (!isQcow2(head)) return 'it is no qcow2 file';
  const why = whyIncomplete(head);
  return why === undefined ? { format } : `${why}; make one file of it with: qemu-img convert -O qcow2`;
}

async function readFiles(
  view: HostView,
  spec: FilesSpec,
  hash: Hash,
  hashes: ReadonlyMap<string, string>,
): Promise<SourceRead> {
  const paths = [...new Set(Object.values(spec.files))];
  const found = await Promise.all(paths.map(async (path) => [path, (await view.tree(path))?.[0]] as const));
  const entries = new Map<string, TreeEntry>();
  for (const [path, entry] of found) {
    const inside = Object.keys(spec.files).find((name) => spec.files[name] === path) ?? '';
    if (entry === undefined) return missing(path, ['files', inside]);
    if (entry.type !== 'file')
      return invalid(`${path} is not a file`, 'list the files in it, or import it with source', [
        'files',
        inside,
      ]);
    entries.set(path, entry);
  }
  const parts = partsOf(spec, (path) => entries.get(path)?.mode ?? 0);
  const lines = parts.map(async (part) => {
    const entry = part.type === 'file' ? entries.get(part.from) : undefined;
    return lineOfPart(part, entry && (await hash(part.from, entry)));
  });
  const digest = digestOf(spec.type, await Promise.all(lines));
  return { source: { digest, format: spec.type, manifest: undefined, parts, hashes } };
}

type Key = NonNullable<Obstacle['path']>;

function missing(file: string, path: Key): SourceRead {
  const hint = 'check the path: it is relative to the folder of the NovaFile';
  const message = `there is no ${file}, which the image is made of`;
  return { problem: { code: 'image.missing', message, hint, path } };
}

function invalid(message: string, hint: string, path: Key): SourceRead {
  return { problem: { code: 'image.invalid', message, hint, path } };
}
