import type { z } from 'zod';

import { definitionOf, shapeIn, within } from './shape.ts';
import { formOf } from './values.ts';

/** What may be written for a key, in a few words: `size`, `true or false`, `array of interface`. */
export function typeWords(schema: z.core.$ZodType): string {
  const name = formOf(schema)?.name;
  if (name !== undefined) return name;
  const { type, options, entries, element, valueType } = definitionOf(schema);
  if (entries !== undefined)
    return Object.values(entries)
      .map((entry) => `\`${JSON.stringify(entry)}\``)
      .join(', ');
  if (element !== undefined) return `array of ${typeWords(element)}`;
  if (options !== undefined) return [...new Set(options.map(typeWords))].join(' or ');
  const inner = within(schema);
  if (inner !== undefined) return typeWords(inner);
  if (valueType !== undefined) return `table of ${typeWords(valueType)}`;
  if (shapeIn(schema) !== undefined) return 'table';
  return words[type] ?? type;
}

const words: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  int: 'integer',
  bigint: 'integer',
  nan: 'number',
  literal: 'number',
  boolean: 'true or false',
};
