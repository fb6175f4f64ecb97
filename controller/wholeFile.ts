import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface WholeFileOptions {
  /** Permissions, as 0o600. */
  readonly mode: number;
  /** Default: whoever writes. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Writes a file so that it is there whole or as it was, also when the machine goes down. Nobody reads it in between who
 * may not read it in the end.
 * @param path a file, absolute, links resolved
 * @throws what the file system says
 */
export function writeWholeFile(path: string, content: string | Uint8Array, options: WholeFileOptions): void {
  const temporary = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, content);
      if (options.owner !== undefined) chownSync(temporary, options.owner.uid, options.owner.gid);
      chmodSync(temporary, options.mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The new name lasts when its folder is on the disk too. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
