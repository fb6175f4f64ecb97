import { z } from 'zod';

import { commonKeys, ownOf } from './common.ts';
import { contains, formatIp, formatNetwork, parseRange, parseSubnet } from './cidr.ts';
import type { TableProblem } from './problem.ts';
import { meaning, text } from './values.ts';

const subnet = meaning(text, (value, refuse) => {
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
  if (isSpecial(gateway)) return refuse('is in a reserved range', 'take a private one, as "192.168.77.1/24"');
  if (gateway === network || gateway === broadcast) {
    const what = gateway === network ? 'names the network itself' : "is the network's broadcast address";
    return refuse(
      `holds the gateway's address, and ${formatIp(gateway)} ${what}`,
      `write the gateway's address: "${formatIp(network + 1)}/${prefix}"`,
    );
  }
  return value;
});

const range = meaning(text, (value, refuse) => {
  const parsed = parseRange(value);
  if (parsed !== undefined) return `${formatIp(parsed.from)}-${formatIp(parsed.to)}`;
  return refuse(
    'must be two IPv4 addresses, the lower one first',
    'for example "192.168.77.50-192.168.77.150"',
  );
});

const domain = meaning(text, (value, refuse) => {
  const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  if (value.length <= 253 && value.split('.').every((part) => label.test(part))) return value;
  return refuse('must be a DNS domain', 'letters, digits and hyphens between dots: "lab.internal"');
});

/** A table `[network.NAME]` as it is written. */
export const NetworkTable = z.strictObject({
  /**
   * What it is made of. Default `bridge`: a virtual switch on this host. `macvlan` shares a link of the host,
   * `overlay` spans hosts. Changing it replaces the network.
   */
  type: z.enum(['bridge', 'macvlan', 'overlay']).default('bridge'),
  /**
   * Whom its members reach. Default `nat`: the world, through the host's own address. `internal`: each other and the
   * host alone. `external`: whatever the link reaches. Changing it changes the packet filter, live.
   */
  profile: z.enum(['nat', 'internal', 'external']).default('nat'),
  /**
   * The host's own address in it, which is the members' gateway, with the prefix (8 to 30): `192.168.77.1/24`. Default:
   * none, hence no addresses, no DHCP and no DNS. `nat` needs one. Changing it gives members new addresses.
   */
  subnet: subnet.exactOptional(),
  /**
   * Addresses that DHCP may lend to strangers, both ends included: `192.168.77.50-192.168.77.150`, within the subnet
   * and without its gateway. Default: none. Changing it restarts the DHCP server; leases outside of it run out.
   */
  dhcp_range: range.exactOptional(),
  /** Names of the members are answered by a DNS server on the network. Default: true when it has a subnet. */
  dns: z.boolean().exactOptional(),
  /** DNS domain of the network; default: `<network name>.internal`. Changing it changes the members' full names. */
  domain: domain.exactOptional(),
  /** bytes of the largest packet, 576 (RFC 791) to 65535; default 1500. Changing it is live. */
  mtu: z.int().min(576).max(65_535).default(1500),
  ...commonKeys,
});

type Table = z.output<typeof NetworkTable>;

/** A network with its defaults filled in. Keys as in {@link NetworkTable}. */
export type NetworkSpec = Readonly<Omit<Table, keyof typeof commonKeys | 'dns' | 'domain'>> & {
  readonly dns: boolean;
  readonly domain: string;
};

/** What does not fit together within one table; paths as within it. */
export function checkNetwork(table: Table): readonly TableProblem[] {
  const { type, profile, dhcp_range, dns } = table;
  if (table.subnet !== undefined) return checkRange(table.subnet, dhcp_range);
  const involves = ['subnet', 'type', 'profile'];
  const hint = 'add subnet = "192.168.77.1/24", the gateway\'s address and the prefix';
  const needs = (key: string): TableProblem => {
    return { code: 'schema.missing', message: `${key} needs a subnet`, hint, path: [key], involves };
  };
  const problems: TableProblem[] = [];
  if (type === 'bridge' && profile === 'nat') {
    const message = 'a network with the profile nat needs a subnet';
    const or = `${hint}; or profile = "internal"`;
    problems.push({ code: 'schema.missing', message, hint: or, path: [], on: 'table', involves });
  }
  if (dhcp_range !== undefined) problems.push(needs('dhcp_range'));
  if (dns === true) problems.push(needs('dns'));
  return problems;
}

function checkRange(written: string, dhcp_range: string | undefined): readonly TableProblem[] {
  const subnet = parseSubnet(written);
  const range = parseRange(dhcp_range ?? '');
  if (subnet === undefined || range === undefined) return [];
  const [first, last] = [subnet.network + 1, subnet.broadcast - 1];
  const gateway = formatIp(subnet.gateway);
  const hint = `choose addresses from ${formatIp(first)} to ${formatIp(last)}, without the gateway ${gateway}`;
  const refuse = (message: string, hint: string): readonly TableProblem[] => {
    return [{ code: 'network.address', message, hint, path: ['dhcp_range'] }];
  };
  if (!contains(subnet, range.from) || !contains(subnet, range.to)) {
    return refuse(`dhcp_range must lie within ${formatNetwork(subnet)}`, hint);
  }
  if (range.from < first || range.to > last) {
    const which = range.from < first ? 'names the network' : 'is the broadcast address';
    const ip = formatIp(range.from < first ? subnet.network : subnet.broadcast);
    return refuse(`dhcp_range must not hold ${ip}, which ${which}`, hint);
  }
  if (range.from > subnet.gateway || range.to < subnet.gateway) return [];
  return refuse(
    `dhcp_range must not hold the gateway ${gateway}`,
    `start after ${gateway}, or end before it`,
  );
}

export function networkSpec(name: string, written: Table): NetworkSpec {
  const { dns, domain, ...table } = ownOf(written);
  return { ...table, dns: dns ?? table.subnet !== undefined, domain: domain ?? `${name}.internal` };
}

/** 0/8, loopback, multicast and reserved addresses (RFC 6890). */
function isSpecial(ip: number): boolean {
  const first = Math.floor(ip / 2 ** 24);
  return first === 0 || first === 127 || first >= 224;
}
