import { formatIp, parseIp, parseRange, parseSubnet } from './cidr.ts';
import { formatIp6, parseIp6, parseRange6, parseSubnet6 } from './cidr6.ts';
import { meaning, text } from './values.ts';

const octets = '[0-9]{1,3}(\\.[0-9]{1,3}){3}';

export const ip = meaning(
  text,
  (value, refuse) =>
    parseIp(value) === undefined ? refuse('must be an IPv4 address', 'for example "192.168.77.9"') : value,
  { name: 'IPv4 address', pattern: `^${octets}$` },
);

/** In the one spelling of RFC 5952. */
export const ip6 = meaning(
  text,
  (value, refuse) => {
    const parsed = parseIp6(value);
    return parsed === undefined
      ? refuse('must be an IPv6 address', 'for example "fd00:77::9"')
      : formatIp6(parsed);
  },
  { name: 'IPv6 address', pattern: '^[0-9A-Fa-f:]+$' },
);

/** Of either family; an IPv6 one in the spelling of RFC 5952. */
export const anyIp = meaning(
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

/** The host's own address with the prefix. */
export const subnet = meaning(
  text,
  (value, refuse) => {
    const parsed = parseSubnet(value);
    if (parsed === undefined) {
      return refuse(
        'must be an IPv4 address with a prefix',
        'the gateway\'s address and the prefix: "192.168.77.1/24"',
      );
    }
    const { gateway, prefix, network, broadcast } = parsed;
    if (prefix < 8 || prefix > 30)
      return refuse('must have a prefix from 8 to 30', `for example "${formatIp(gateway)}/24"`);
    if (isSpecial(gateway))
      return refuse('is in a reserved range', 'take a private one, as "192.168.77.1/24"');
    if (gateway === network || gateway === broadcast) {
      const what = gateway === network ? 'names the network itself' : "is the network's broadcast address";
      return refuse(
        `holds the gateway's address, and ${formatIp(gateway)} ${what}`,
        `write the gateway's address: "${formatIp(network + 1)}/${prefix}"`,
      );
    }
    return value;
  },
  { name: 'IPv4 subnet', pattern: `^${octets}/[0-9]{1,2}$` },
);

/** The same for IPv6, in the spelling of RFC 5952. */
export const subnet6 = meaning(
  text,
  (value, refuse) => {
    const parsed = parseSubnet6(value);
    if (parsed === undefined) {
      return refuse(
        'must be an IPv6 address with a prefix',
        'the gateway\'s address and the prefix: "fd00:77::1/64"',
      );
    }
    const { gateway, prefix, network } = parsed;
    const written = formatIp6(gateway);
    if (prefix < 64 || prefix > 126)
      return refuse('must have a prefix from 64 to 126', `for example "${written}/64"`);
    const first = Number(gateway >> 112n);
    if (first === 0 || first >= 0xfe80)
      return refuse('is in a reserved range', 'take a private one (RFC 4193), as "fd00:77::1/64"');
    if (gateway !== network) return `${written}/${prefix}`;
    return refuse(
      `holds the gateway's address, and ${written} names the network itself`,
      `write the gateway's address: "${formatIp6(network + 1n)}/${prefix}"`,
    );
  },
  { name: 'IPv6 subnet', pattern: '^[0-9A-Fa-f:]+/[0-9]{1,3}$' },
);

export const range = meaning(
  text,
  (value, refuse) => {
    const parsed = parseRange(value);
    if (parsed !== undefined) return `${formatIp(parsed.from)}-${formatIp(parsed.to)}`;
    return refuse(
      'must be two IPv4 addresses, the lower one first',
      'for example "192.168.77.50-192.168.77.150"',
    );
  },
  { name: 'range', pattern: `^\\s*${octets}\\s*-\\s*${octets}\\s*$` },
);

export const range6 = meaning(
  text,
  (value, refuse) => {
    const parsed = parseRange6(value);
    if (parsed !== undefined) return `${formatIp6(parsed.from)}-${formatIp6(parsed.to)}`;
    return refuse(
      'must be two IPv6 addresses, the lower one first',
      'for example "fd00:77::100-fd00:77::1ff"',
    );
  },
  { name: 'range', pattern: '^\\s*[0-9A-Fa-f:]+\\s*-\\s*[0-9A-Fa-f:]+\\s*$' },
);

export const domain = meaning(
  text,
  (value, refuse) => {
    const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
    if (value.length <= 253 && value.split('.').every((part) => label.test(part))) return value;
    return refuse('must be a DNS domain', 'letters, digits and hyphens between dots: "lab.internal"');
  },
  { name: 'domain', pattern: '^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$' },
);

/** 0/8, loopback, multicast and reserved addresses (RFC 6890). */
function isSpecial(address: number): boolean {
  const first = Math.floor(address / 2 ** 24);
  return first === 0 || first === 127 || first >= 224;
}
