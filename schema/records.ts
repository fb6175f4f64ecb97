import { z } from 'zod';

import { formatIp6, parseIp6 } from './cidr6.ts';
import { parseIp } from './cidr.ts';
import { quote } from './problem.ts';
import { meaning, text } from './values.ts';

const address = meaning(
  text,
  (value, refuse) => {
    if (parseIp(value) !== undefined) return value;
    const six = parseIp6(value);
    return six === undefined
      ? refuse('must be an IPv4 or IPv6 address', 'for example "192.168.77.20"')
      : formatIp6(six);
  },
  { name: 'IP address', pattern: '^[0-9A-Fa-f.:]+$' },
);

const list = z.union([
  address.transform((one): readonly string[] => [one]),
  z.array(address).min(1).readonly(),
]);

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
