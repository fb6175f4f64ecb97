import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { readToml } from '../../schema/toml.ts';
import { writeWholeFile } from '../wholeFile.ts';
import { decrypt, encrypt } from './age.ts';

/** Values of secrets by name. */
export type SecretValues = ReadonlyMap<string, string>;

/**
 * What an age-encrypted file holds: TOML of names and strings. Undefined when there is no such file.
 * @throws NovaError `secret.identity`, `secret.damaged`
 */
export async function readSecretsFile(
  file: string,
  identities: () => readonly string[],
): Promise<SecretValues | undefined> {
  const content = contentOf(file);
  return content && parseSecrets(await decrypt(content, identities(), file), file);
}

function contentOf(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new NovaError('secret.damaged', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** @throws NovaError `secret.damaged`, which quotes nothing of the text */
export function parseSecrets(text: string, name: string): SecretValues {
  const read = readToml(text, name);
  const entries = 'document' in read ? Object.entries(read.document) : [];
  const wrong = entries.find(([, value]) => typeof value !== 'string');
  if ('document' in read && wrong === undefined)
    return new Map(entries.map(([key, value]) => [key, String(value)]));
  const where = 'issue' in read ? `line ${read.issue.at?.line ?? 1}` : `the value of ${wrong?.[0]}`;
  throw new NovaError('secret.damaged', `what ${name} holds is not a list of names and texts: ${where}`, {
    hint: 'each line is a name, = and a text in quotes: db-password = "…"',
  });
}

export function printSecrets(values: SecretValues): string {
  return [...values]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key} = ${quoted(value)}\n`)
    .join('');
}

/** A TOML string; JSON's escapes are TOML's, but for DEL. */
function quoted(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}

/** Encrypted for the recipients, whole or not at all; permissions stay, a new file is for everybody to read. */
export async function writeSecretsFile(
  file: string,
  content: string,
  recipients: readonly string[],
): Promise<void> {
  const encrypted = await encrypt(content, recipients);
  const stat = statSync(file, { throwIfNoEntry: false });
  const path = stat === undefined ? resolve(realpathSync(dirname(file)), file) : realpathSync(file);
  const owner = stat && { uid: stat.uid, gid: stat.gid };
  writeWholeFile(path, encrypted, {
    mode: stat === undefined ? 0o644 : stat.mode & 0o777,
    ...(owner && { owner }),
  });
}
