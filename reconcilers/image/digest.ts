import { createHash } from 'node:crypto';

import type { ImageFormat } from '../../schema/image.ts';
import type { TreeEntry, TreePart } from '../host/tree.ts';

/** One path of an image, as far as it makes the image what it is: times and inodes do not. */
export type Line = readonly [
  path: string,
  type: TreeEntry['type'],
  mode: number,
  owner: string,
  /** SHA-256 of a file's contents, what a link holds, the number of a device. */
  content: string,
];

/** What an image is, in 64 hexadecimal digits: the same for the same paths, modes, owners and contents. */
export function digestOf(format: ImageFormat, lines: readonly Line[]): string {
  const sorted = lines.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return createHash('sha256')
    .update(JSON.stringify(['nova-image-1', format, sorted]))
    .digest('hex');
}

/** @param content of a file: the SHA-256 of its contents */
export function lineOf(
  { path, type, mode, uid, gid, target, device }: TreeEntry,
  content: string | undefined,
): Line {
  // A link's mode is the kernel's own.
  const bits = type === 'symlink' ? 0o777 : mode;
  return [path, type, bits, `${uid}:${gid}`, content ?? target ?? (type === 'other' ? String(device) : '')];
}

/** As {@link lineOf}, of what is yet to be made. */
export function lineOfPart({ path, type, mode, from }: TreePart, content: string | undefined): Line {
  return [path, type, mode, '0:0', content ?? (type === 'symlink' ? from : '')];
}

/** A disk is its contents and nothing else. */
export function diskLine(content: string): Line {
  return ['', 'file', 0, '0:0', content];
}

/** A name for a file's contents that holds as long as nobody writes to it. */
export function versionOf({ inode, size, mtime, ctime }: TreeEntry): string {
  return `i${inode} s${size} t${mtime} c${ctime}`;
}

/** What tells that something of an image was changed: of a folder the time and size follow what is in it. */
export function traceOf({ type, mode, uid, gid, inode, size, mtime }: TreeEntry): string {
  const rights = `${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`;
  return type === 'directory' ? `d ${rights}` : `i${inode} s${size} t${mtime} ${rights}`;
}
