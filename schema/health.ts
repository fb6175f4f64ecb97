import { z } from 'zod';

import { key } from './key.ts';
import type { TableProblem } from './problem.ts';
import { checkTries, tcpPort, tryTimes } from './tries.ts';
import { meaning, parsePort, text } from './values.ts';

/** `:80/healthz`: a port and a path, asked of an address that is known. */
export const http = meaning(
  text,
  (value, refuse) => {
    const [, port, path] = /^:([0-9]+)(\/[!-~]*)?$/.exec(value) ?? [];
    if (parsePort(port) !== undefined) return `:${port}${path ?? '/'}`;
    return refuse(
      'must be a colon, a port and a path',
      'for example ":80/healthz"; it is asked at its own address',
    );
  },
  { name: 'port and path', pattern: '^:[0-9]+(/[!-~]*)?$' },
);

/** How to know that a capsule works: exactly one of `exec`, `http` and `tcp`, and how often to ask. */
export const health = z
  .strictObject({
    exec: key(z.array(text).min(1).readonly().exactOptional(), {
      what: 'A command within the capsule; it works when that exits with 0. Its strings may hold `${container.db.ip}`.',
      without: 'another way is given',
      example: 'health = { exec = ["pg_isready"] }',
    }),
    http: key(http.exactOptional(), {
      what: "Port and path, asked of the capsule's address; it works when that answers with success.",
      without: 'another way is given',
      example: 'health = { http = ":80/healthz" }',
    }),
    tcp: tcpPort('capsule', 'health = { tcp = 80 }'),
    ...tryTimes('health = { tcp = 80 }', 30),
  })
  .readonly();

export type Health = z.output<typeof health>;

export function checkHealth({ exec, http: url, tcp }: Health): readonly TableProblem[] {
  return checkTries('health', [exec, url, tcp], ['exec = ["…"]', 'http = ":80/healthz"', 'tcp = 80']);
}
