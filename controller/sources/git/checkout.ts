import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdir, open, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import git from 'isomorphic-git';

import { NovaError } from '../../../schema/errors.ts';
import { bytesText, type Limits, tooLarge } from './limits.ts';

/** Where the objects of a commit are; what was parsed once is kept in `cache`. */
export interface Objects {
  readonly gitdir: string;
  readonly cache: object;
}

/** One thing in a tree of git. */
export interface Entry {
  readonly type: 'blob' | 'tree';
  readonly oid: string;
  /** As git writes it: `100644`, `100755`, `120000`, `40000`. */
  readonly mode: string;
}

/**
 * Writes a tree or a file of git to a path that is not there yet: whole and durable, or not at all. What a run that was
 * killed had begun lies beside it under a name that begins with a dot.
 * @throws NovaError `source.too-large`, `source.unsupported`
 */
export async function checkOut(objects: Objects, entry: Entry, path: string, limits: Limits): Promise<void> {
  if (fs.existsSync(path)) return;
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await write(objects, entry, temporary, { limits, files: 0, bytes: 0 });
    await rename(temporary, path);
    await sync(dirname(path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another one was quicker: it wrote the same.
    if (fs.existsSync(path)) return;
    throw error;
  }
}

interface Tally {
  readonly limits: Limits;
  files: number;
  bytes: number;
}

async function write(objects: Objects, entry: Entry, path: string, tally: Tally): Promise<void> {
  if (entry.type === 'blob') return writeFile(objects, entry, path, tally);
  await mkdir(path, { mode: 0o755 });
  const { tree } = await git.readTree({ fs, ...objects, oid: entry.oid });
  for (const { path: name, type, oid, mode } of tree) {
    if (type === 'commit') {
      throw new NovaError('source.unsupported', `${name} is a submodule`, {
        hint: 'put what is needed of it into the repository itself',
      });
    }
    refuseName(name);
    await write(objects, { type, oid, mode }, join(path, name), tally);
  }
  await sync(path);
}

async function writeFile(objects: Objects, { oid, mode }: Entry, path: string, tally: Tally): Promise<void> {
  const { limits } = tally;
  const { blob } = await git.readBlob({ fs, ...objects, oid });
  tally.files += 1;
  tally.bytes += blob.byteLength;
  if (tally.files > limits.files) throw tooLarge('the number of files', `${limits.files}`);
  if (blob.byteLength > limits.fileBytes) throw tooLarge(basename(path), bytesText(limits.fileBytes));
  if (tally.bytes > limits.bytes) throw tooLarge('all files together', bytesText(limits.bytes));
  if (mode === '120000') return symlink(Buffer.from(blob).toString(), path);
  const file = await open(path, 'wx', mode === '100755' ? 0o755 : 0o644);
  try {
    await file.writeFile(blob);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Git itself makes no such names; somebody who wants to write elsewhere might. */
function refuseName(name: string): void {
  if (!/[/\0]/.test(name) && name !== '.' && name !== '..' && name !== '') return;
  throw new NovaError('source.unsupported', `${JSON.stringify(name)} cannot be the name of a file`, {
    hint: 'whoever wrote that commit meant no good',
  });
}

async function sync(folder: string): Promise<void> {
  const file = await open(folder, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What is at a path of a commit's tree; undefined when there is nothing. */
export async function entryAt(objects: Objects, commit: string, path: string): Promise<Entry | undefined> {
  const { commit: read } = await git.readCommit({ fs, ...objects, oid: commit });
  let entry: Entry = { type: 'tree', oid: read.tree, mode: '40000' };
  for (const part of path.split('/').filter((each) => each !== '' && each !== '.')) {
    if (entry.type !== 'tree') return undefined;
    const { tree } = await git.readTree({ fs, ...objects, oid: entry.oid });
    const found = tree.find((each) => each.path === part);
    if (found === undefined || found.type === 'commit') return undefined;
    entry = { type: found.type, oid: found.oid, mode: found.mode };
  }
  return entry;
}
