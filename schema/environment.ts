import { z } from 'zod';

import { key } from './key.ts';
import { nameOf, text } from './values.ts';

/** A value that stands elsewhere. */
interface Secret {
  readonly secret: string;
}

const plain = z
  .union([text, z.number(), z.bigint(), z.boolean(), z.nan(), z.literal(Infinity), z.literal(-Infinity)])
  .transform(textOf);

const secret = z.strictObject({
  secret: key(nameOf('secret'), {
    what: 'The name of a secret whose value it has.',
    example: 'env = { DB_PASSWORD = { secret = "db" } }',
  }),
});

/**
 * Environment variables by name. The names are looked at before zod reads the table, because it leaves out one named
 * `__proto__` without a word.
 */
export const environment = z
  .preprocess(checkNames, z.record(z.string(), z.union([plain, secret])))
  .transform((variables): Readonly<Record<string, string | Secret>> => variables);

/** Variables whose value is written, and those whose value is a secret, by its name. */
export function splitEnvironment(variables: Readonly<Record<string, string | Secret>>): {
  readonly plain: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
} {
  const entries = Object.entries(variables);
  return {
    plain: Object.fromEntries(
      entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
    secret: Object.fromEntries(
      entries.flatMap(([name, value]) => (typeof value === 'string' ? [] : [[name, value.secret]])),
    ),
  };
}

function checkNames(input: unknown, context: z.RefinementCtx): unknown {
  if (typeof input !== 'object' || input === null) return input;
  for (const name of Object.keys(input)) {
    if (name !== '' && name !== '__proto__' && !/[=\0]/.test(name)) continue;
    const params = { code: 'schema.name', hint: 'letters, digits and underscores: DB_HOST', on: 'key' };
    context.addIssue({ code: 'custom', message: 'is no name for a variable', params, path: [name], input });
  }
  return input;
}

/** As TOML writes it: `inf` and `nan` are its words. */
function textOf(written: string | number | bigint | boolean): string {
  if (typeof written !== 'number' || Number.isFinite(written)) return String(written);
  return Number.isNaN(written) ? 'nan' : written > 0 ? 'inf' : '-inf';
}
