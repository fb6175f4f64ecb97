import { z } from 'zod';

import { key } from './key.ts';
import { macAddress } from './mac.ts';
import { ip, ip6 } from './networkValues.ts';
import { meaning, text } from './values.ts';

const label = meaning(
  text,
  (value, refuse) => {
    if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return value;
    return refuse('must be a host name', 'lower-case letters, digits and hyphens: "printer"');
  },
  { name: 'host name', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' },
);

/** An address that is kept for one MAC address. */
export const reservation = z
  .strictObject({
    mac: key(
      meaning(macAddress, (value) => value),
      {
        what: 'Whose it is.',
        example: 'reservations = [{ mac = "52:54:00:12:34:56", ip = "192.168.77.20" }]',
      },
    ),
    ip: key(ip.exactOptional(), {
      what: 'Its IPv4 address, outside of the `dhcp_range`.',
      without: 'one of the range',
      example: 'reservations = [{ mac = "52:54:00:12:34:56", ip = "192.168.77.20" }]',
    }),
    ip6: key(ip6.exactOptional(), {
      what: 'Its IPv6 address, outside of the `dhcp_range6`.',
      without: 'one of the range',
      example: 'reservations = [{ mac = "52:54:00:12:34:56", ip6 = "fd00:77::20" }]',
    }),
    name: key(label.exactOptional(), {
      what: 'A name that its DNS answers.',
      without: 'none',
      example: 'reservations = [{ mac = "52:54:00:12:34:56", ip = "192.168.77.20", name = "printer" }]',
    }),
  })
  .readonly();

export type Reservation = z.output<typeof reservation>;
