import { chmod, chown, mkdir, open, readlink, rename, rm, symlink } from 'node:fs/promises';
import { constants, readFileSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import { errorCode, isAbsence, onFile } from './fileErrors.ts';
import { removeAtOnce, rewriteAtOnce, temporaryName, writeAtOnce } from './filesAtOnce.ts';
import type { Files } from './host.ts';
import { markAttribute } from './marks.ts';
import { mountsBelow, parseMountInfo } from './mountInfo.ts';
import { whenNothingIsMade } from './sharedFolders.ts';

/**
 * Files of the host. Everything rejects with `host.full`, `host.permission` or `host.file`.
 * @param runtime a folder whose contents do not outlive the machine's power: what is written below it is whole after a
 *   `kill -9`, and is not waited for until it is on the disk
 */
export function createFiles(runner: CommandRunner, runtime: string): Files {
  const isDurable = (path: string): boolean => !path.startsWith(`${runtime}/`);
  return {
    write: (path, text, mode = 0o600) =>
      onFile(`cannot write ${path}`, () =>
        isDurable(path) ? writeWhole(path, text, mode) : writeAtOnce(path, text, mode),
      ),
    rewrite: (path, text, mode = 0o600) =>
      onFile(`cannot write ${path}`, () =>
        isDurable(path) ? rewriteFile(path, text, mode) : rewriteAtOnce(path, text, mode),
      ),
    makeDirectory: (path, mode = 0o700) =>
      onFile(`cannot make the folder ${path}`, () => makeFolder(path, mode)),
    chmod: (path, mode) => onFile(`cannot change the mode of ${path}`, () => chmod(path, mode)),
    chown: (path, uid, gid) => onFile(`cannot change the owner of ${path}`, () => chown(path, uid, gid)),
    symlink: (target, path) =>
      onFile(`cannot make the link ${path}`, () => replaceSymlink(target, path, isDurable(path))),
    rename: (from, to) => onFile(`cannot rename ${from} to ${to}`, () => renameTo(from, to, isDurable(to))),
    remove: (path) => onFile(`cannot remove ${path}`, () => removeTree(path)),
    removeEmpty: (path) =>
      onFile(`cannot remove ${path}`, () => whenNothingIsMade(path, () => removeIfEmpty(path))),
    unmark: async (path) => {
      const argv = ['setfattr', '-h', '-x', markAttribute, '--', path] as const;
      const ended = await runner.finish({ argv: [...argv], effect: 'change' });
      // Done is done: it had none.
      if (ended.code !== 0 && !/No such attribute/.test(ended.stderr)) throw commandError(argv, ended);
    },
    mark: async (path, mark) => {
      await runner.run({
        argv: ['setfattr', '-h', '-n', markAttribute, '-v', mark, '--', path],
        effect: 'change',
      });
    },
  };
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  await makeParents(path);
  const temporary = temporaryName(path);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await renameTo(temporary, path, true);
}

/** As {@link rewriteAtOnce}. */
async function rewriteFile(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
  if (file === undefined) return writeWhole(path, text, mode);
  try {
    await file.writeFile(text);
    await file.truncate(Buffer.byteLength(text));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function renameTo(from: string, to: string, durable: boolean): Promise<void> {
  await rename(from, to);
  if (!durable) return;
  const folder = await open(dirname(to), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function makeParents(path: string): Promise<void> {
  const made = await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // The umask may have taken bits away.
  for (let folder = dirname(path); made !== undefined && folder.startsWith(made); folder = dirname(folder)) {
    await chmod(folder, 0o755);
  }
}

async function makeFolder(path: string, mode: number): Promise<void> {
  await makeParents(path);
  try {
    await mkdir(path, mode);
    await chmod(path, mode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    // Something other than a folder is there: say so now, not at the first file in it.
    await (await open(path, constants.O_RDONLY | constants.O_DIRECTORY)).close();
  }
}

async function replaceSymlink(target: string, path: string, durable: boolean): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  await makeParents(path);
  const temporary = temporaryName(path);
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await renameTo(temporary, path, durable);
}

/** A mount below would be emptied: somebody else's disk, perhaps. */
async function removeTree(path: string): Promise<void> {
  if (removeAtOnce(path)) return;
  const [mount] = mountsBelow(parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')), resolve(path));
  if (mount !== undefined) {
    throw new NovaError('host.file', `cannot remove ${path}: something is mounted at ${mount}`, {
      hint: `unmount it first: umount ${mount}`,
    });
  }
  await rm(path, { recursive: true, force: true });
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!isAbsence(error) && errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EBUSY') throw error;
  }
}
