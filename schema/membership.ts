import { z } from 'zod';

import { key } from './key.ts';
import { macAddress } from './mac.ts';
import { ip, ip6 } from './networkValues.ts';
import { nameOf, text } from './values.ts';

/** Where somebody is on a network. */
export interface Membership {
  readonly name: string;
  readonly ip?: string;
  readonly ip6?: string;
  readonly mac?: string;
}

/** Of one on a network, and what is written around it. */
function place(around: (inner: string) => string) {
  return {
    ip: key(ip.exactOptional(), {
      what: 'Its IPv4 address there, outside of the `dhcp_range`.',
      without: 'a free one of the subnet, which stays; on a macvlan none',
      change: 'live',
      note: 'A machine that runs is started again for it.',
      example: around('ip = "192.168.77.9"'),
    }),
    ip6: key(ip6.exactOptional(), {
      what: 'Its IPv6 address there, outside of the `dhcp_range6`.',
      without: 'a free one of `subnet6`, which stays; on a macvlan none',
      change: 'live',
      note: 'A machine that runs is started again for it.',
      example: around('ip6 = "fd00:77::9"'),
    }),
    mac: key(macAddress.exactOptional(), {
      what: 'Its Ethernet address there.',
      without: 'one that follows from its own address, as `vm.db`',
      change: 'restart',
      example: around('mac = "52:54:00:12:34:56"'),
    }),
  };
}

/** The network that something is on: `"lan"`, or `{ name = "lan", ip = "192.168.77.9" }`. */
export const membership = z
  .union([
    text.transform((name) => ({ name })),
    z.strictObject({
      name: key(nameOf('network'), { what: 'The `[network.NAME]`.', example: 'network = { name = "lan" }' }),
      ...place((inner) => `network = { name = "lan", ${inner} }`),
    }),
  ])
  .transform((value): Membership => value);

/** A further one, as `{ network = "dmz" }`. */
export const nic = z
  .strictObject({
    network: key(nameOf('network'), {
      what: 'The `[network.NAME]`.',
      example: 'nics = [{ network = "dmz" }]',
    }),
    ...place((inner) => `nics = [{ network = "lan", ${inner} }]`),
  })
  .readonly();

/** As the NovaFile writes it. */
export function presentMembership(member: Membership): string | Membership {
  return Object.keys(member).length === 1 ? member.name : member;
}
