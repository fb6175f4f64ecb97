import { NovaError } from '../../schema/errors.ts';
import type { Manifest } from '../../schema/manifest.ts';
import {
  isFulfilled,
  reveal,
  type Sensitive,
  sensitive,
  sensitiveIn,
  type SensitiveJson,
} from '../../schema/sensitive.ts';
import { isRecord } from '../plan/changes.ts';
import { decrypt, encrypt, recipientOf } from './age.ts';
import { type HostKey, readHostKey } from './hostKey.ts';
import { keepFromOutput } from './redact.ts';

/**
 * What is sensitive in a value, encrypted to the host: an age file in armour, of keyed hashes with their values.
 * Undefined when nothing is.
 */
export async function seal(value: unknown, key: () => Promise<HostKey>): Promise<string | undefined> {
  const found = sensitiveIn(value).filter(isFulfilled);
  if (found.length === 0) return undefined;
  // First the key: hashes are made with it.
  const recipient = await recipientOf(await key(), 'the key of this host');
  const values: Readonly<Record<string, string>> = Object.fromEntries(
    found.map((one) => [String(one.toJSON().keyed), reveal(one)]),
  );
  return encrypt(JSON.stringify(values), [recipient]);
}

/**
 * A value that was written as JSON, with what is sensitive in it as it was.
 * @throws NovaError `secret.identity`, `secret.damaged`
 */
async function unseal<T>(value: T, sealed: string, key: HostKey, name: string): Promise<T> {
  const text = await decrypt(new TextEncoder().encode(sealed), [key], name);
  const values = new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  const revive = (json: SensitiveJson): Sensitive => {
    const one = sensitive(json.secret, values.get(json.keyed ?? ''), json.written);
    keepFromOutput(one);
    return one;
  };
  return revived(value, revive) as T;
}

function revived(value: unknown, revive: (json: SensitiveJson) => Sensitive): unknown {
  if (Array.isArray(value)) return value.map((item) => revived(item, revive));
  if (!isRecord(value)) return value;
  if (isSensitiveJson(value)) return revive(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revived(item, revive)]));
}

function isSensitiveJson(value: Record<string, unknown>): value is Record<string, unknown> & SensitiveJson {
  const { secret, written, keyed } = value;
  return (
    Object.keys(value).length === 3 &&
    typeof secret === 'string' &&
    typeof written === 'boolean' &&
    (keyed === null || typeof keyed === 'string')
  );
}

/** The text of a manifest that is kept; two of one manifest are alike but for what is sealed. */
export async function sealedText(manifest: Manifest, key: () => Promise<HostKey>): Promise<string> {
  const sealed = await seal(manifest, key);
  return JSON.stringify({ ...manifest, ...(sealed === undefined ? {} : { sealed }) });
}

/** Whether two texts of {@link sealedText} are of one manifest: each sealing comes out different. */
export function isSameManifest(one: string, other: string): boolean {
  return one === other || unsealedPart(one) === unsealedPart(other);
}

function unsealedPart(text: string): string {
  const value: unknown = JSON.parse(text);
  return JSON.stringify(isRecord(value) ? { ...value, sealed: undefined } : value);
}

/**
 * A manifest of {@link sealedText} as it was before, with the values of its secrets.
 * @param what it is, for messages
 * @throws NovaError `secret.key` when the key of this host is gone, `secret.identity` when it is another one by now
 */
export async function withSecrets(
  { sealed, ...manifest }: Manifest & { readonly sealed?: string },
  what: string,
  stateDirectory: string,
): Promise<Manifest> {
  if (sealed === undefined) return manifest;
  const key = readHostKey(stateDirectory);
  if (key !== undefined) return unseal(manifest, sealed, key, what);
  throw new NovaError(
    'secret.key',
    `${what} holds secrets, and there is no key in ${stateDirectory} to open them`,
    {
      hint: 'get host-key back from a copy, or apply the NovaFile as it is now',
    },
  );
}
