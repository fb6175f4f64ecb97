import { z } from 'zod';

import { secret } from './secret.ts';
import { isSensitive, sensitive, type Sensitive } from './sensitive.ts';
import { text } from './values.ts';

const value = z
  .union([
    text,
    z.number(),
    z.bigint(),
    z.boolean(),
    z.nan(),
    z.literal(Infinity),
    z.literal(-Infinity),
    secret,
  ])
  .transform((written) => (isSensitive(written) ? written : textOf(written)));

/**
 * Environment variables by name. The names are looked at before zod reads the table, because it leaves out one named
 * `__proto__` without a word.
 */
export const environment = z
  .preprocess(checkNames, z.record(z.string(), value))
  .transform((variables): Environment => {
    return Object.fromEntries(Object.entries(variables).map(([name, item]) => [name, guarded(name, item)]));
  });

/** Values by name; what is sensitive is told by its form, or by its name. */
export type Environment = Readonly<Record<string, string | Sensitive>>;

function guarded(name: string, item: string | Sensitive): string | Sensitive {
  return isSensitive(item) || !isSensitiveName(name) ? item : sensitive(`env.${name}`, item, true);
}

/** `API_KEY`, `DB_PASSWORD`, `GITHUB_TOKEN`; not `PASSWORD_FILE`, which says where, and not `PUBLIC_KEY`. */
export function isSensitiveName(name: string): boolean {
  if (/(?:^|_)(?:FILE|PATH|DIR|NAME|ID|URL|TTL)$|PUBLIC/i.test(name)) return false;
  return /(?:^|_)(?:API|ACCESS|AUTH|PRIVATE|SECRET|MASTER|SIGNING|ENCRYPTION)?KEYS?(?:_|$)|(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL)S?(?:_|$)/i.test(
    name,
  );
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
