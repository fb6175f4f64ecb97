import { z } from 'zod';

import type { TableProblem } from './problem.ts';
import { meaning, parsePort, positiveDuration, text } from './values.ts';

/** `:80/healthz`: a port and a path, asked of an address that is known. */
export const http = meaning(text, (value, refuse) => {
  const [, port, path] = /^:([0-9]+)(\/[!-~]*)?$/.exec(value) ?? [];
  if (parsePort(port) !== undefined) return `:${port}${path ?? '/'}`;
  return refuse(
    'must be a colon, a port and a path',
    'for example ":80/healthz"; it is asked at its own address',
  );
});

/** How to know that a capsule works: exactly one of `exec`, `http` and `tcp`, and how often to ask. */
export const health = z
  .strictObject({
    /** A command within the capsule; it works when that exits with 0. */
    exec: z.array(text).min(1).readonly().exactOptional(),
    /** Port and path: `:80/healthz`, asked of the capsule's address; it works when that answers with success. */
    http: http.exactOptional(),
    /** A port of the capsule; it works when it takes connections. */
    tcp: z.int().min(1).max(65_535).exactOptional(),
    /** seconds between attempts; default 1 */
    interval: positiveDuration.default(1),
    /** seconds for one attempt; default 3 */
    timeout: positiveDuration.default(3),
    /** seconds until it must have worked once; default 30 */
    deadline: positiveDuration.default(30),
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
