import type { Decrypter } from 'age-encryption';

import { NovaError } from '../../schema/errors.ts';

/** Text that only the recipients (`age1…`) can read, in the armour that can be pasted and merged. */
export async function encrypt(text: string, recipients: readonly string[]): Promise<string> {
  const { armor, Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(text));
}

/**
 * @param file of age, with or without armour
 * @param name of it, for messages
 * @throws NovaError `secret.identity` when none of the identities can read it, `secret.damaged`
 */
export async function decrypt(
  file: Uint8Array,
  identities: readonly string[],
  name: string,
): Promise<string> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const identity of identities) addIdentity(decrypter, identity);
  try {
    return await decrypter.decrypt(await withoutArmour(file), 'text');
  } catch (cause) {
    if (/no identity matched/.test((cause as Error).message)) {
      throw new NovaError(
        'secret.identity',
        `${name} is encrypted for others: this identity cannot read it`,
        {
          hint: 'use the identity that it was made with, or let somebody who can read it add yours to `recipients` and run `nova secret rekey`',
        },
      );
    }
    throw new NovaError(
      'secret.damaged',
      `${name} is no whole age file: it was cut off, edited, or is something else`,
      {
        hint: 'get it back from version control or a copy',
      },
    );
  }
}

/** The library's own message may quote what it was given. */
function addIdentity(decrypter: Decrypter, identity: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw badIdentity('what is given as identity');
  }
}

async function withoutArmour(file: Uint8Array): Promise<Uint8Array> {
  const text = new TextDecoder('latin1').decode(file);
  if (!text.startsWith('-----BEGIN')) return file;
  return (await import('age-encryption')).armor.decode(text);
}

/** Who an identity is to those that encrypt for it. @throws NovaError `secret.identity` */
export async function recipientOf(identity: string, name: string): Promise<string> {
  const { identityToRecipient } = await import('age-encryption');
  try {
    return await identityToRecipient(identity);
  } catch {
    throw badIdentity(name);
  }
}

export async function newIdentity(): Promise<string> {
  const { generateX25519Identity } = await import('age-encryption');
  return generateX25519Identity();
}

/** What it holds is not told. */
export function badIdentity(name: string): NovaError {
  return new NovaError('secret.identity', `${name} holds no age identity`, {
    hint: 'an identity is a line that starts with AGE-SECRET-KEY-; `age-keygen` makes one, and so does `nova secret set`',
  });
}
