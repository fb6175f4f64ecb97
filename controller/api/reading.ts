import type { z } from 'zod';

import { schemaOf } from './document.ts';

type Shape = Readonly<Record<string, { readonly type?: unknown }>>;

/** Reads a query string by its schema: what should be a number, `true` or a list is written as text there. */
export function queryReader(query: z.ZodObject): (values: unknown) => unknown {
  const { properties = {} } = schemaOf(query, 'input') as { properties?: Shape };
  return (values) =>
    Object.fromEntries(
      Object.entries(values as Record<string, unknown>).map(([name, value]) => [
        name,
        fromText(value, Object.hasOwn(properties, name) ? properties[name]?.type : undefined),
      ]),
    );
}

function fromText(value: unknown, type: unknown): unknown {
  if (type === 'array' && typeof value === 'string') return [value];
  if (typeof value !== 'string') return value;
  if (type === 'integer' && /^-?\d{1,16}$/.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
