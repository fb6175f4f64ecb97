import {
  chmodSync,
  closeSync,
  fchmodSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { errorCode, isAbsence } from './fileErrors.ts';

/**
 * Small files that need not reach a disk, written without a pause: each call that waits costs several times as much as the
 * kernel's part of it, and a network has a dozen of them.
 */
export function writeAtOnce(path: string, text: string, mode: number): void {
  makeParentsAtOnce(path);
  const temporary = temporaryName(path);
  const file = openNew(temporary, mode);
  try {
    writeFileSync(file, text);
    fchmodSync(file, mode);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Whoever reads it meanwhile finds the new text with the rest of the old one, never nothing. */
export function rewriteAtOnce(path: string, text: string, mode: number): void {
  const file = openThere(path);
  if (file === undefined) return writeAtOnce(path, text, mode);
  try {
    writeFileSync(file, text);
    ftruncateSync(file, Buffer.byteLength(text));
  } finally {
    closeSync(file);
  }
}

/** Whether there is no file at a path any more; not so of a folder, of what is mounted on, and of what takes its time. */
export function removeAtOnce(path: string): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return true;
  if (there.isDirectory() || there.size > large) return false;
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EBUSY') return false;
    if (isAbsence(error)) return true;
    throw error;
  }
}

/** One fixed name, so that what a killed run leaves is overwritten; with a dot, so that dnsmasq passes it over. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.nova`);
}

/** bytes */
const large = 1 << 20;

function makeParentsAtOnce(path: string): void {
  const made = mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  // The umask may have taken bits away.
  for (let folder = dirname(path); made !== undefined && folder.startsWith(made); folder = dirname(folder)) {
    chmodSync(folder, 0o755);
  }
}

function openNew(path: string, mode: number): number {
  try {
    return openSync(path, 'wx', mode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    rmSync(path, { force: true });
    return openSync(path, 'wx', mode);
  }
}

function openThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
