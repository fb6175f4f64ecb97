import { createHash } from 'node:crypto';

import { isSensitive } from '../../schema/sensitive.ts';

/**
 * What changes by itself while nothing a person would call a change has happened: left out of fingerprints, which say
 * whether the host is still the one that the plan was made for.
 */
export const volatile: ReadonlySet<string> = new Set([
  'pid',
  'startTime',
  'index',
  'handle',
  'inode',
  'netns',
  'log',
  'past',
]);

/** SHA-256 of a value's canonical JSON (keys sorted), in hexadecimal. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value, new Set())).digest('hex');
}

/** As {@link hashOf}, without volatile fields. */
export function fingerprint(observed: unknown): string {
  return createHash('sha256').update(canonical(observed, volatile)).digest('hex');
}

/** Of every resource in every plan, so it makes little on the way. */
function canonical(value: unknown, without: ReadonlySet<string>): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (isSensitive(value)) return canonical(value.toJSON(), without);
  if (value instanceof Map) return canonical(Object.fromEntries(value), without);
  if (value instanceof Set) return canonical([...value], without);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, without)).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).toSorted()) {
    const item: unknown = Reflect.get(value, key);
    if (item === undefined || without.has(key)) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(item, without)}`;
  }
  return `{${text}}`;
}
