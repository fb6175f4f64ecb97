import type { z } from 'zod';

import { docOf, type KeyDoc } from './key.ts';
import type { Kind } from './manifest.ts';
import { childOf, shapeIn } from './shape.ts';
import { tables } from './tables.ts';

/** A key of a kind, with what is said of it. */
export interface Key {
  /** From the table on: `limits`, `limits.memory`, `disks[].source`. */
  readonly label: string;
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
  readonly doc: KeyDoc | undefined;
}

/** Every key of a kind, those of inner tables after the key that holds them, in the order of the module. */
export function keysOf(kind: Kind): readonly Key[] {
  return keysIn(tables[kind], '', []);
}

function keysIn(table: z.core.$ZodType, prefix: string, above: readonly string[]): readonly Key[] {
  const { shape = {} } = shapeIn(table) ?? {};
  return Object.entries(shape).flatMap(([name, schema]) => {
    const path = [...above, name];
    const label = `${prefix}${name}`;
    const inner = keysIn(schema, `${label}${shapeIn(schema)?.list === true ? '[]' : ''}.`, path);
    return [{ label, path, schema, doc: docOf(schema) }, ...inner];
  });
}

type Path = readonly (string | number)[];

/** The keys that a table of that kind, or a table within it, may have. */
export function keysAt(kind: Kind, path: Path): readonly string[] {
  let table: z.core.$ZodType | undefined = tables[kind];
  for (const part of names(path)) table = table === undefined ? undefined : childOf(table, part);
  return table === undefined ? [] : Object.keys(shapeIn(table)?.shape ?? {});
}

/** The example for a path within a table of that kind, or for the nearest key around it. */
export function exampleFor(kind: Kind, path: Path): string | undefined {
  let table: z.core.$ZodType | undefined = tables[kind];
  let example: string | undefined;
  for (const part of names(path)) {
    table = table === undefined ? undefined : childOf(table, part);
    example = (table === undefined ? undefined : docOf(table)?.example) ?? example;
  }
  return example;
}

function names(path: Path): readonly string[] {
  return path.filter((part) => typeof part === 'string');
}
