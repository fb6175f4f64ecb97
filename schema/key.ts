import type { z } from 'zod';

/** What the reference says of a key, in one form for every key of every kind. */
export interface KeyDoc {
  /** What it means, and what its values mean; sentences. */
  readonly what: string;
  /** Of what a number counts: `bytes`, `seconds`. */
  readonly unit?: string;
  /** What holds without it, where that is no plain value: `the container's name`. */
  readonly without?: string;
  /** What changing it does to whoever uses the resource; keys of an inner table are as the table is. */
  readonly change?: Change;
  /** More about changing it, in a sentence. */
  readonly note?: string;
  /** A good line of a NovaFile. */
  readonly example: string;
}

/** As a plan says it. */
export type Change = 'live' | 'restart' | 'replace' | 'data-loss';

const docs = new WeakMap<z.core.$ZodType, KeyDoc>();

/** A key of a table with what is said of it: the one place for that, from which messages and the reference are made. */
export function key<Schema extends z.core.$ZodType>(schema: Schema, doc: KeyDoc): Schema {
  if (docs.has(schema)) throw new Error(`one schema for two keys: ${doc.example}`);
  docs.set(schema, doc);
  return schema;
}

export function docOf(schema: z.core.$ZodType): KeyDoc | undefined {
  return docs.get(schema);
}
