import type { z } from 'zod';

/** What of zod's definitions is walked through. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly out?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly valueType?: z.core.$ZodType;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly defaultValue?: unknown;
}

export function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def;
}

/** What a schema stands around: a default, an option, a further reading. Undefined when it is bare. */
export function within(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const { type, innerType, in: first, out } = definitionOf(schema);
  if (type !== 'pipe') return innerType;
  return first !== undefined && definitionOf(first).type === 'transform' ? out : first;
}

/** The keys of the table that a schema is, or holds in an array or as one of its forms; undefined when there is none. */
export function shapeIn(
  schema: z.core.$ZodType,
): { readonly shape: Readonly<Record<string, z.core.$ZodType>>; readonly list: boolean } | undefined {
  const { shape, element, options } = definitionOf(schema);
  if (shape !== undefined) return { shape, list: false };
  const inner = within(schema);
  if (inner !== undefined) return shapeIn(inner);
  if (element !== undefined) {
    const found = shapeIn(element);
    return found && { ...found, list: true };
  }
  for (const option of options ?? []) {
    const found = shapeIn(option);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What stands under a key of a table, or under any key of one whose keys are the user's own. */
export function childOf(schema: z.core.$ZodType, name: string): z.core.$ZodType | undefined {
  const { valueType } = definitionOf(schema);
  if (valueType !== undefined) return valueType;
  const inner = within(schema);
  const own = shapeIn(schema);
  if (own !== undefined) return Object.hasOwn(own.shape, name) ? own.shape[name] : undefined;
  return inner === undefined ? undefined : childOf(inner, name);
}

/** The value that a key has when it is left out, as the NovaFile would write it; undefined when there is none. */
export function defaultOf(schema: z.core.$ZodType): unknown {
  const { type, defaultValue } = definitionOf(schema);
  if (type === 'default') return defaultValue;
  const inner = within(schema);
  return inner === undefined ? undefined : defaultOf(inner);
}

export function isOptional(schema: z.core.$ZodType): boolean {
  return schema._zod.optin === 'optional';
}
