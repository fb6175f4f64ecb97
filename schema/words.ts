import { quote } from './problem.ts';

const typeWords: Readonly<Record<string, string | readonly string[]>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: ['true', 'false'],
  array: 'an array',
  object: 'a table',
  record: 'a table',
};

/** Names of types as zod has them, for a person. */
export function expectedWords(types: readonly string[]): readonly string[] {
  const words = types.flatMap((type) => typeWords[type] ?? []);
  return [...new Set(words)];
}

/** A value as TOML has it, for a person: `the number 3`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `the string ${quote(value)}`;
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'an array';
  return value instanceof Date || typeof value === 'symbol' ? 'a date' : 'a table';
}
