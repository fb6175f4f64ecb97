import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { useKey } from '../../schema/sensitive.ts';
import { writeWholeFile } from '../wholeFile.ts';
import { newIdentity } from './age.ts';

/** The identity of this host: what is kept between runs is encrypted to it. */
export type HostKey = string;

function fileIn(stateDirectory: string): string {
  return join(stateDirectory, 'host-key');
}

/**
 * The key of this host, if there is one; keyed hashes are made with it from now on.
 * @throws NovaError `secret.key`
 */
export function readHostKey(stateDirectory: string): HostKey | undefined {
  const file = fileIn(stateDirectory);
  const key = textAt(file)?.trim();
  if (key === undefined) return undefined;
  if (!/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/.test(key)) {
    throw new NovaError('secret.key', `${file} is no key`, {
      hint: 'get it back from a copy; if you remove it, a new one is made, and what was sealed with it cannot be rolled back to',
    });
  }
  // Not the key itself: what hashes cannot decrypt.
  useKey(createHash('sha256').update(`nova keyed hash ${key}`).digest());
  return key;
}

/**
 * As {@link readHostKey}; made at its first use, for root alone.
 * @throws NovaError `secret.key`, `state.unwritable`
 */
export async function ensureHostKey(stateDirectory: string): Promise<HostKey> {
  const there = readHostKey(stateDirectory);
  if (there !== undefined) return there;
  const file = fileIn(stateDirectory);
  const candidate = `${file}.new-${process.pid}`;
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    writeWholeFile(candidate, `${await newIdentity()}\n`, { mode: 0o600 });
    // Of two that make one at once the first one's stays.
    linkIfAbsent(candidate, file);
  } catch (cause) {
    throw new NovaError(
      'state.unwritable',
      `the key of this host cannot be made: ${(cause as Error).message}`,
      {
        hint: 'choose another folder with --state-dir',
        cause,
      },
    );
  } finally {
    rmSync(candidate, { force: true });
  }
  const key = readHostKey(stateDirectory);
  if (key !== undefined) return key;
  throw new NovaError('secret.key', `${file} is gone again`);
}

function linkIfAbsent(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function textAt(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Who may not read it can plan, and compares with nothing that was kept.
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw new NovaError('secret.key', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
