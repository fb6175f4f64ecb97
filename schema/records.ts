import { z } from 'zod';

import { anyIp } from './networkValues.ts';
import { quote } from './problem.ts';
import { meaning } from './values.ts';

const list = z.union([anyIp.transform((one): readonly string[] => [one]), z.array(anyIp).min(1).readonly()]);

/** DNS names with their addresses. */
export const records = meaning(z.record(z.string(), list), (table, refuse) => {
  const wrong = Object.keys(table).find((name) => !isName(name));
  if (wrong === undefined) return table;
  return refuse(
    `has ${quote(wrong)}, which is no DNS name`,
    'letters, digits and hyphens between dots: "nas.lab"',
  );
});

function isName(name: string): boolean {
  const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  return name.length <= 253 && name.split('.').every((part) => label.test(part));
}
