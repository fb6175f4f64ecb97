import { z } from 'zod';

import { key } from './key.ts';
import type { TableProblem } from './problem.ts';
import { meaning, parsePort, positiveDuration, text } from './values.ts';

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
    tcp: key(z.int().min(1).max(65_535).exactOptional(), {
      what: 'A port of the capsule; it works when that takes connections.',
      without: 'another way is given',
      example: 'health = { tcp = 80 }',
    }),
    interval: key(positiveDuration.default(1), {
      what: 'Time between attempts.',
      unit: 'seconds',
      example: 'health = { tcp = 80, interval = "500ms" }',
    }),
    timeout: key(positiveDuration.default(3), {
      what: 'Time for one attempt.',
      unit: 'seconds',
      example: 'health = { tcp = 80, timeout = "3s" }',
    }),
    deadline: key(positiveDuration.default(30), {
      what: 'Time until it must have worked once.',
      unit: 'seconds',
      example: 'health = { tcp = 80, deadline = "2m" }',
    }),
  })
  .readonly();

export type Health = z.output<typeof health>;

/** Exactly one way to ask. */
export function checkHealth({ exec, http: url, tcp }: Health): readonly TableProblem[] {
  const ways = [exec, url, tcp].filter((way) => way !== undefined).length;
  if (ways === 1) return [];
  const hint = 'write one of exec = ["…"], http = ":80/healthz" and tcp = 80';
  if (ways === 0)
    return [{ code: 'schema.missing', message: 'health says nothing to try', hint, path: ['health'] }];
  return [
    {
      code: 'schema.value',
      message: `health has ${ways} things to try, and takes one`,
      hint,
      path: ['health'],
    },
  ];
}
