import { createHmac, randomBytes } from 'node:crypto';

import { NovaError } from './errors.ts';

/**
 * A value that nobody may see by accident. It is not in the object: printing, JSON, inspecting, cloning and comparing
 * show its name, and JSON a keyed hash, so that plans and generations notice a change. Only {@link reveal} gives it out.
 */
export interface Sensitive {
  /** What it is called: the name of the secret, or where it stands, as `env.API_KEY`. */
  readonly secret: string;
  /** It stands in the NovaFile, and not in a place for secrets. */
  readonly written: boolean;
  toJSON(): SensitiveJson;
}

/** What is left of it where it is written down. */
export interface SensitiveJson {
  readonly secret: string;
  readonly written: boolean;
  /** HMAC-SHA-256 in hexadecimal, with the key of this process; null while its value is not known. */
  readonly keyed: string | null;
}

/** What stands in its place for people. */
export const hidden = '(sensitive)';

const values = new WeakMap<Sensitive, string>();
const made = new WeakSet();

const behaviour = {
  toJSON(this: Sensitive): SensitiveJson {
    const value = values.get(this);
    const keyed = value === undefined ? null : createHmac('sha256', key).update(value).digest('hex');
    return { secret: this.secret, written: this.written, keyed };
  },
  toString: () => hidden,
  [Symbol.toPrimitive]: () => hidden,
  [Symbol.for('nodejs.util.inspect.custom')]: () => hidden,
};

/** A secret by its name; its value comes later, see {@link fulfil}. */
export function sensitive(secret: string, value?: string, written = false): Sensitive {
  const one = Object.freeze(Object.assign(Object.create(behaviour) as Sensitive, { secret, written }));
  made.add(one);
  if (value !== undefined) values.set(one, value);
  return one;
}

export function isSensitive(value: unknown): value is Sensitive {
  return typeof value === 'object' && value !== null && made.has(value);
}

/** Whether its value is known. */
export function isFulfilled(one: Sensitive): boolean {
  return values.has(one);
}

/** Gives it its value. */
export function fulfil(one: Sensitive, value: string): void {
  values.set(one, value);
}

/** The value. Whoever asks hands it to what it is for, and to nothing else. @throws NovaError `internal` */
export function reveal(one: Sensitive): string {
  const value = values.get(one);
  if (value !== undefined) return value;
  throw new NovaError('internal', `the value of secret ${one.secret} was not read before it was needed`);
}

/** The text, also of something that may be sensitive. */
export function textOf(value: string | Sensitive): string {
  return typeof value === 'string' ? value : reveal(value);
}

/** Everything sensitive in a value, each once. */
export function sensitiveIn(value: unknown): readonly Sensitive[] {
  if (isSensitive(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set(Object.values(value).flatMap(sensitiveIn))];
}

/** Of this process alone, until {@link useKey} says which one makes hashes that last. */
let key: Uint8Array = randomBytes(32);

/** Makes keyed hashes with this key from now on. */
export function useKey(other: Uint8Array): void {
  key = other;
}
