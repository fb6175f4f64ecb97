import { z } from 'zod';

import { http } from './health.ts';
import { key } from './key.ts';
import type { TableProblem } from './problem.ts';
import { checkTries, tcpPort, tryTimes } from './tries.ts';
import { meaning, text } from './values.ts';

const pattern = meaning(text, (value, refuse) => {
  return value === '' ? refuse('must not be empty', 'for example "login:"') : value;
});

/** How to know that a machine works: exactly one of `tcp`, `http` and `serial`, and how often to ask. */
export const probe = z
  .strictObject({
    tcp: tcpPort('machine', 'probe = { tcp = 22 }'),
    http: key(http.exactOptional(), {
      what: "Port and path, asked of the machine's address; it works when that answers with success.",
      without: 'another way is given',
      example: 'probe = { http = ":80/healthz" }',
    }),
    serial: key(pattern.exactOptional(), {
      what: 'Text; it works when the serial console has printed it since it was started.',
      without: 'another way is given',
      example: 'probe = { serial = "login:" }',
    }),
    ...tryTimes('probe = { tcp = 22 }', 60),
  })
  .readonly();

export type VmProbe = z.output<typeof probe>;

export function checkProbe(written: VmProbe | undefined): readonly TableProblem[] {
  if (written === undefined) return [];
  const { tcp, http: url, serial } = written;
  return checkTries('probe', [tcp, url, serial], ['tcp = 22', 'http = ":80/healthz"', 'serial = "login:"']);
}
