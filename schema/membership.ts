import { z } from 'zod';

import { parseIp } from './cidr.ts';
import { meaning, text } from './values.ts';

const ip = meaning(text, (value, refuse) => {
  return parseIp(value) === undefined
    ? refuse('must be an IPv4 address', 'for example "192.168.77.9"')
    : value;
});

/** The network that something is on: `"lan"`, or `{ name = "lan", ip = "192.168.77.9" }`. */
export const membership = z
  .union([text.transform((name) => ({ name })), z.strictObject({ name: text, ip: ip.exactOptional() })])
  .transform((value): { readonly name: string; readonly ip?: string } => value);
