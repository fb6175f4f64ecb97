import { z } from 'zod';

import { http } from './health.ts';
import { key } from './key.ts';
import type { TableProblem } from './problem.ts';
import { meaning, positiveDuration, text } from './values.ts';

const pattern = meaning(text, (value, refuse) => {
  return value === '' ? refuse('must not be empty', 'for example "login:"') : value;
});

/** How to know that a machine works: exactly one of `tcp`, `http` and `serial`, and how often to ask. */
export const probe = z
  .strictObject({
    tcp: key(z.int().min(1).max(65_535).exactOptional(), {
      what: 'A port of the machine; it works when that takes connections.',
      without: 'another way is given',
      example: 'probe = { tcp = 22 }',
    }),
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
    interval: key(positiveDuration.default(1), {
      what: 'Time between attempts.',
      unit: 'seconds',
      example: 'probe = { tcp = 22, interval = "500ms" }',
    }),
    timeout: key(positiveDuration.default(3), {
      what: 'Time for one attempt.',
      unit: 'seconds',
      example: 'probe = { tcp = 22, timeout = "3s" }',
    }),
    deadline: key(positiveDuration.default(60), {
      what: 'Time until it must have worked once.',
      unit: 'seconds',
      example: 'probe = { tcp = 22, deadline = "2m" }',
    }),
  })
  .readonly();

export type VmProbe = z.output<typeof probe>;

/** Exactly one way to ask. */
export function checkProbe(written: VmProbe | undefined): readonly TableProblem[] {
  const ways = [written?.tcp, written?.http, written?.serial].filter((way) => way !== undefined).length;
  if (written === undefined || ways === 1) return [];
  const hint = 'write one of tcp = 22, http = ":80/healthz" and serial = "login:"';
  const path = ['probe'];
  if (ways === 0) return [{ code: 'schema.missing', message: 'probe says nothing to try', hint, path }];
  return [{ code: 'schema.value', message: `probe has ${ways} things to try, and takes one`, hint, path }];
}
