import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  type BigIntStats,
} from 'node:fs';

import type { TreeEntry } from './tree.ts';

/** A file or folder with everything in it, sorted bytewise by path; it throws what the file system throws. */
export async function readTree(path: string): Promise<readonly TreeEntry[]> {
  const root = realpathSync(path);
  const entries: TreeEntry[] = [];
  const waiting = [''];
  for (let inner = waiting.pop(); inner !== undefined; inner = waiting.pop()) {
    const entry = entryOf(root, inner);
    entries.push(entry);
    if (entry.type !== 'directory') continue;
    for (const name of readdirSync(`${root}${inner}`)) waiting.push(`${inner}/${name}`);
    // Of a large tree others wait for one folder at a time.
    if (entries.length % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function entryOf(root: string, path: string): TreeEntry {
  const stats = lstatSync(`${root}${path}`, { bigint: true });
  const type = typeOf(stats);
  return {
    path,
    type,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    inode: Number(stats.ino),
    size: Number(stats.size),
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
    target: type === 'symlink' ? readlinkSync(`${root}${path}`) : undefined,
    device: type === 'other' ? Number(stats.rdev) : 0,
  };
}

function typeOf(stats: BigIntStats): TreeEntry['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** The first bytes of a file, one character each. */
export function readHead(path: string, bytes: number): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}

/** SHA-256 of a file's contents. Those of a large file are read once as long as nothing about it changes. */
export async function sha256Of(path: string): Promise<string> {
  const { size, ino, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  if (size < small) return createHash('sha256').update(readFileSync(path)).digest('hex');
  const key = [path, ino, size, mtimeNs, ctimeNs].join(' ');
  const known = remembered.get(key) ?? hashStream(path);
  remembered.set(key, known);
  known.catch(() => remembered.delete(key));
  return known;
}

/** bytes */
const small = 2 ** 20;

const remembered = new Map<string, Promise<string>>();

async function hashStream(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: small })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
