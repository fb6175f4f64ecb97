import type { Kind } from './manifest.ts';
import { lateBelow } from './references.ts';
import { isSensitive } from './sensitive.ts';
import { escapeReferences } from './template.ts';

/** What a table says, as it is to be written: where no reference is left to be filled in later, a text stands for itself. */
export function escapedIn(kind: Kind, key: string, value: unknown): unknown {
  const late = lateBelow(kind, key);
  if (late === true) return value;
  if (late.length === 0 || !isRecord(value)) return escaped(value);
  const inner = Object.entries(value).map(([below, item]): [string, unknown] => {
    return [below, late.includes(below) ? item : escaped(item)];
  });
  return Object.fromEntries(inner);
}

/** All of it: nothing in it is a reference. */
export function escaped<T>(value: T): T {
  if (typeof value === 'string') return escapeReferences(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => escaped(item)) as T;
  if (!isRecord(value) || isSensitive(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)])) as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
