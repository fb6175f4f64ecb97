import type { z } from 'zod';

import type { Kind } from './manifest.ts';
import { bend } from './bend.ts';
import type { Path, Problem } from './problem.ts';
import { isTable, type RawTable } from './table.ts';
import { flattenUnions } from './unions.ts';
import { problemsFrom } from './wording.ts';

/** What a table says, as far as it is right. */
export interface TableRead<Table> {
  /** Keys that are wrong are left out of it (a default or a stand-in is there instead). */
  readonly table: Table | undefined;
  /** The keys that are wrong: what is said of them in `table` means nothing. */
  readonly broken: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

export interface TablePlace {
  readonly kind: Kind;
  readonly name: string;
  readonly standIns: RawTable;
  /** Where texts were filled in. */
  readonly filledIn: readonly Path[];
}

/**
 * Reads one table. A wrong key does not hide what else is wrong: the rest is read again without it, so that checks
 * between keys and between resources have something to look at. `standIns` are for required keys.
 */
export function readTable<Table>(
  schema: z.ZodType<Table>,
  raw: RawTable,
  place: TablePlace,
): TableRead<Table> {
  const { kind, name, standIns, filledIn } = place;
  const first = schema.safeParse(raw, { reportInput: true });
  if (first.success) return { table: first.data, broken: new Set(), problems: [] };
  const bent = filledIn.length === 0 ? raw : bend(schema, raw, first.error.issues, filledIn);
  if (bent !== raw) return readTable(schema, bent, { ...place, filledIn: [] });
  const issues = flattenUnions(first.error.issues);
  const broken = new Set(issues.flatMap(brokenKeys));
  const trimmed = schema.safeParse({ ...standIns, ...issues.reduce(withoutPart, raw) });
  const { data } = trimmed.success ? trimmed : schema.safeParse({ ...standIns, ...without(raw, broken) });
  return { table: data, broken, problems: problemsFrom(issues, kind, name) };
}

function brokenKeys(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.path.length > 0) return [String(issue.path[0])];
  return issue.code === 'unrecognized_keys' ? issue.keys : [];
}

/** Leaves out as little as possible: a key of an inner table, or the end of an array from the wrong element on. */
function withoutPart(raw: RawTable, issue: z.core.$ZodIssue): RawTable {
  const [key = '', part] = issue.path.map(String);
  const inner = raw[key];
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (issue.path.length === 0) return without(raw, new Set(unknown));
  if (Array.isArray(inner) && part !== undefined) return { ...raw, [key]: inner.slice(0, Number(part)) };
  const parts = part === undefined ? unknown : [part];
  if (!isTable(inner) || parts.length === 0) return without(raw, new Set([key]));
  return { ...raw, [key]: without(inner, new Set(parts)) };
}

function without(raw: RawTable, keys: ReadonlySet<string>): RawTable {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !keys.has(key)));
}
