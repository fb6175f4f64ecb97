import type { z } from 'zod';

import type { Path } from './problem.ts';
import { isTable, type RawTable } from './table.ts';

/**
 * What was filled in becomes what its key needs: the text `4` a number, the number 80 a text. Only what is wrong as it is
 * is bent, and only where that helps; the table itself where it never does.
 */
export function bend(
  schema: z.ZodType,
  raw: RawTable,
  issues: readonly z.core.$ZodIssue[],
  filledIn: readonly Path[],
): RawTable {
  const wrong = filledIn.filter((path) => issues.some((issue) => startsWith(issue.path, path)));
  const bendable = wrong.flatMap((path) => {
    const other = otherForm(at(raw, path));
    return other === undefined ? [] : [{ path, other }];
  });
  if (bendable.length === 0) return raw;
  const tried = schema.safeParse(bendable.reduce(put, raw));
  const left = tried.success ? [] : tried.error.issues;
  const helped = bendable.filter(({ path }) => !left.some((issue) => startsWith(issue.path, path)));
  return helped.reduce(put, raw);
}

function startsWith(path: readonly PropertyKey[], start: Path): boolean {
  return start.every((part, index) => path[index] === part);
}

function otherForm(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'string' && /^[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(value)
    ? Number(value)
    : undefined;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce((found: unknown, part) => {
    if (Array.isArray(found)) return found[Number(part)] as unknown;
    return isTable(found) ? found[part] : undefined;
  }, value);
}

function put(raw: RawTable, { path, other }: { readonly path: Path; readonly other: unknown }): RawTable {
  return replaced(raw, path, other) as RawTable;
}

function replaced(value: unknown, [part, ...rest]: Path, other: unknown): unknown {
  if (part === undefined) return other;
  if (Array.isArray(value))
    return value.map((element: unknown, index) =>
      index === part ? replaced(element, rest, other) : element,
    );
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === part ? replaced(inner, rest, other) : inner]),
  );
}
