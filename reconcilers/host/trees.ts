import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

import type { CommandRunner } from './commandRunner.ts';
import { errorCode, onFile } from './fileErrors.ts';
import type { TreeEntry, TreePart, Trees } from './tree.ts';
import { newcHeader, newcPadding, newcTrailer } from './newc.ts';
import { readTree } from './viewTree.ts';

/** Trees of files on this machine. Everything rejects with `host.full`, `host.permission`, `host.file` or `host.command`. */
export function createTrees(runner: CommandRunner): Trees {
  const change = (argv: readonly string[]): Promise<string> =>
    runner.run({ argv, effect: 'change', timeout });
  const settle = (path: string): Promise<string> => change(['sync', '-f', path]);
  return {
    copy: async (from, to) => {
      const source = await onFile(`cannot read ${from}`, () => {
        clear(to);
        return realpathSync(from);
      });
      await change(['cp', '-a', '-T', '--reflink=auto', '--sparse=auto', '--', source, to]);
      await settle(to);
    },
    assemble: async (parts, to) => {
      await onFile(`cannot make ${to}`, () => {
        clear(to);
        for (const part of parts) make(part, to);
        // Folders last, from the inside out: what is made in one changes its time.
        for (const { path, type } of parts.toReversed())
          if (type === 'directory') utimesSync(`${to}${path}`, moment, moment);
      });
      await settle(to);
    },
    pack: async (folder, to) => {
      const archive = `${to}.cpio`;
      await onFile(`cannot make ${to}`, async () => {
        [to, archive, `${archive}.gz`].forEach(clear);
        writeArchive(folder, await readTree(folder), archive);
      });
      await change(['gzip', '-n', '-6', '--', archive]);
      await onFile(`cannot make ${to}`, () => renameSync(`${archive}.gz`, to));
      await settle(to);
    },
    link: async (from, to) => {
      await onFile(`cannot link ${to}`, () => {
        mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
        clear(to);
        linkOrCopy(from, to);
      });
    },
    replace: async (from, to) => {
      await onFile(`cannot replace ${to}`, () => replace(from, to));
      await settle(dirname(to));
    },
  };
}

/** ms: a disk of many gigabytes on a slow one */
const timeout = 600_000;

/** s since the epoch: what is made of parts has one time, and not 0, which some programs take for none. */
const moment = 1;

function clear(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function make({ path, type, mode, from }: TreePart, root: string): void {
  const at = `${root}${path}`;
  if (type === 'symlink') {
    symlinkSync(from, at);
    lutimesSync(at, moment, moment);
    return;
  }
  if (type === 'directory') mkdirSync(at);
  else copyFileSync(from, at, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  chownSync(at, 0, 0);
  // After the owner, whose change takes away set-user-ID.
  chmodSync(at, mode);
  utimesSync(at, moment, moment);
}

/** Everything belongs to root and has one time; folders come before what is in them. */
function writeArchive(folder: string, entries: readonly TreeEntry[], to: string): void {
  const file = openSync(to, 'wx', 0o644);
  try {
    let length = 0;
    const write = (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      length += bytes.length;
    };
    for (const [index, entry] of entries.entries()) {
      write(newcHeader(entry, index + 1, moment));
      const contents =
        entry.type === 'file' ? readFileSync(`${folder}${entry.path}`) : Buffer.from(entry.target ?? '');
      write(contents);
      write(newcPadding(contents.length));
    }
    write(newcTrailer(length));
    fchmodSync(file, 0o644);
  } finally {
    closeSync(file);
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Another filesystem, or one file has as many names as it can have.
    if (!['EXDEV', 'EMLINK', 'EPERM'].includes(errorCode(error) ?? '')) throw error;
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

function replace(from: string, to: string): void {
  if (!isFolder(from) || !isFolder(to)) {
    if (isFolder(from) !== isFolder(to)) clear(to);
    renameSync(from, to);
    return;
  }
  const wanted = new Set(readdirSync(from));
  for (const name of readdirSync(to)) if (!wanted.has(name)) clear(`${to}/${name}`);
  for (const name of wanted) replace(`${from}/${name}`, `${to}/${name}`);
  const { uid, gid, mode, atime, mtime } = statSync(from);
  chownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
  utimesSync(to, atime, mtime);
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
