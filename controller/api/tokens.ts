import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Role, TokenRow } from '../../stateStore/accessState.ts';
import type { Caller } from './route.ts';

/** A new token, shown once, and what is kept of it. */
export function createToken(
  name: string,
  role: Role,
  now: number,
): { readonly token: string; readonly row: TokenRow } {
  const token = `nova_${randomBytes(32).toString('base64url')}`;
  return { token, row: { name, hash: hashOf(token), role, since: now } };
}

/** Pure: whose token an `Authorization` header holds. It takes as long for a nearly right one as for any other. */
export function callerBy(header: string | undefined, tokens: readonly TokenRow[]): Caller | undefined {
  const [, token] = /^Bearer ([\w-]{1,200})$/i.exec(header ?? '') ?? [];
  if (token === undefined) return undefined;
  const given = Buffer.from(hashOf(token), 'hex');
  let found: TokenRow | undefined;
  for (const row of tokens) if (timingSafeEqual(given, Buffer.from(row.hash, 'hex'))) found = row;
  return found === undefined ? undefined : { actor: `token ${found.name}`, role: found.role };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
