import { z } from 'zod';

import { commonKeys, ownOf } from './common.ts';
import { key } from './key.ts';
import { linkName } from './linkName.ts';
import { anyIp, domain, ip, range, range6, subnet, subnet6 } from './networkValues.ts';
import { records } from './records.ts';
import { reservation } from './reservation.ts';
import { allowRule, forward } from './rule.ts';
import { duration } from './values.ts';

/** A table `[network.NAME]` as it is written. */
export const NetworkTable = z.strictObject({
  type: key(z.enum(['bridge', 'macvlan', 'overlay']).default('bridge'), {
    what: 'What it is made of. `bridge`: a virtual switch on this host. `macvlan`: its members share a link of the host, and stand in the LAN beside it: they reach each other and whatever the link reaches, but not the host itself, nor the host them. `overlay`: it spans hosts.',
    change: 'replace',
    example: 'type = "bridge"',
  }),
  driver: key(z.enum(['quic', 'wireguard', 'vxlan']).exactOptional(), {
    what: 'What carries an overlay from host to host. `quic` and `wireguard` encrypt; `vxlan` does not.',
    without: '`quic` for an overlay',
    change: 'replace',
    example: 'driver = "quic"',
  }),
  profile: key(z.enum(['nat', 'internal', 'external']).exactOptional(), {
    what: "Whom its members reach. `nat`: the world, through the host's own address. `internal`: each other and the host alone. `external`: whatever the link of the host reaches; Nova adds no rules but those of `policy`.",
    without: '`external` with `interfaces` and for a macvlan, `internal` for an overlay, otherwise `nat`',
    change: 'live',
    example: 'profile = "nat"',
  }),
  interfaces: key(z.array(linkName).min(1).readonly().exactOptional(), {
    what: 'Interfaces of the host that become ports of the bridge. Their addresses and routes move to the bridge.',
    without: 'none',
    change: 'live',
    note: 'The change is taken back unless the host is still reachable; see `confirm_timeout`.',
    example: 'interfaces = ["enp6s0"]',
  }),
  uplink: key(linkName.exactOptional(), {
    what: "The host's interface to the world: the one that members of `nat` leave by, or that a macvlan shares.",
    without: 'whatever the routing table says; a macvlan needs one',
    change: 'live',
    note: 'That of a macvlan replaces it. Connections that members have open by another one end.',
    example: 'uplink = "enp6s0"',
  }),
  vlan: key(z.int().min(1).max(4094).exactOptional(), {
    what: 'The VLAN (IEEE 802.1Q) that its traffic has on `interfaces` or `uplink`: 1 to 4094.',
    without: 'untagged',
    change: 'live',
    note: 'A VLAN of `uplink` is a link called `enp6s0.20`, whose addresses are for the host to give.',
    example: 'vlan = 20',
  }),
  stp: key(z.boolean().default(false), {
    what: 'Whether the bridge takes part in the spanning tree protocol, which keeps loops of switches from storming.',
    change: 'live',
    example: 'stp = true',
  }),
  subnet: key(subnet.exactOptional(), {
    what: "The host's own address in it, which is the members' gateway, with the prefix (8 to 30). Of a macvlan the address of the LAN's router: a member with an `ip` gets that, and who has none asks the LAN's DHCP.",
    without: 'none, hence no IPv4 addresses, no DHCP and no DNS; `nat` needs one, or `subnet6`',
    change: 'live',
    note: 'Members get new addresses.',
    example: 'subnet = "192.168.77.1/24"',
  }),
  subnet6: key(subnet6.exactOptional(), {
    what: 'The same for IPv6, with a prefix from 64 to 126. Members reach each other and the host by it.',
    without: 'none, hence no IPv6 addresses',
    change: 'live',
    note: 'Members get new addresses.',
    example: 'subnet6 = "fd00:77::1/64"',
  }),
  gateway: key(ip.exactOptional(), {
    what: 'Another router than the host: an address of the subnet that members send to what lies elsewhere.',
    without: "the host's own address",
    change: 'live',
    example: 'gateway = "192.168.77.254"',
  }),
  dhcp_range: key(range.exactOptional(), {
    what: 'Addresses that DHCP may lend to strangers, both ends included: within the subnet, without its gateway.',
    without: 'none',
    change: 'live',
    note: 'The DHCP server restarts; leases outside of it run out.',
    example: 'dhcp_range = "192.168.77.50-192.168.77.150"',
  }),
  dhcp_range6: key(range6.exactOptional(), {
    what: 'The same for DHCPv6, within `subnet6`.',
    without: 'none',
    change: 'live',
    example: 'dhcp_range6 = "fd00:77::100-fd00:77::1ff"',
  }),
  reservations: key(z.array(reservation).min(1).readonly().exactOptional(), {
    what: 'Addresses that DHCP keeps for strangers, by their MAC address. Members have theirs without one.',
    without: 'none',
    change: 'live',
    example: 'reservations = [{ mac = "52:54:00:12:34:56", ip = "192.168.77.20", name = "printer" }]',
  }),
  ra: key(z.boolean().exactOptional(), {
    what: 'Whether the host announces itself and `subnet6` to members (router advertisements, RFC 4861), which find their own addresses by that.',
    without: 'true with `subnet6` on a bridge',
    change: 'live',
    example: 'ra = true',
  }),
  mtu: key(z.int().min(576).max(65_535).default(1500), {
    what: 'The largest packet: 576 (RFC 791) to 65535; with IPv6 at least 1280 (RFC 8200).',
    unit: 'bytes',
    change: 'live',
    note: 'Machines that run are told by DHCP, and otherwise when they start again.',
    example: 'mtu = 1500',
  }),
  dns: key(z.boolean().exactOptional(), {
    what: 'Names of the members are answered by a DNS server on the network.',
    without: 'true when it has a subnet and is no macvlan',
    change: 'live',
    example: 'dns = true',
  }),
  domain: key(domain.exactOptional(), {
    what: 'DNS domain of the network: `web` is found as `web.DOMAIN` as well.',
    without: '`NAME.internal`',
    change: 'live',
    note: "The members' full names change.",
    example: 'domain = "lab.internal"',
  }),
  records: key(records.exactOptional(), {
    what: 'Further names that its DNS answers, each with an address or several.',
    without: 'none',
    change: 'live',
    example: 'records = { printer = "192.168.77.20", "nas.lab" = ["192.168.77.21", "fd00:77::21"] }',
  }),
  forwards: key(z.array(forward).min(1).readonly().exactOptional(), {
    what: 'Ports of the host that lead to a member or an address of the network: `HOST_PORT -> WHO:PORT`, with `ADDRESS:` before and `/udp` after where needed.',
    without: 'none',
    change: 'live',
    example: 'forwards = ["8080 -> vm.web:80"]',
  }),
  policy: key(z.enum(['open', 'closed']).default('open'), {
    what: 'Whether members open connections to each other. `closed`: nobody opens one to a member but as `allow` says.',
    change: 'live',
    note: 'With `external` and no `subnet`, the host and what it forwards are not kept out.',
    example: 'policy = "closed"',
  }),
  allow: key(z.array(allowRule).min(1).readonly().exactOptional(), {
    what: 'Connections that are let through beside what profile and policy let through: `WHO -> WHOM:PORT`. Both are a container, a machine, a network, addresses as `192.168.1.0/24`, `host` or `any`.',
    without: 'none',
    change: 'live',
    example: 'allow = ["container.api -> vm.db:5432"]',
  }),
  confirm_timeout: key(duration.exactOptional(), {
    what: 'How long a change to `interfaces` waits for proof that the host is still reachable, before it is taken back.',
    unit: 'seconds',
    without: '30',
    change: 'live',
    example: 'confirm_timeout = "30s"',
  }),
  confirm_address: key(anyIp.exactOptional(), {
    what: 'Whose answer proves it.',
    without: "the host's default gateway",
    change: 'live',
    example: 'confirm_address = "192.168.1.1"',
  }),
  ...commonKeys,
});

export type WrittenNetwork = z.output<typeof NetworkTable>;

/** A network with its defaults filled in. Keys as in {@link NetworkTable}. */
export type NetworkSpec = Readonly<
  Omit<WrittenNetwork, keyof typeof commonKeys | 'dns' | 'domain' | 'profile' | 'stp' | 'policy'>
> & {
  readonly profile: 'nat' | 'internal' | 'external';
  readonly dns: boolean;
  readonly domain: string;
  readonly stp?: true;
  readonly policy?: 'closed';
};

export function networkSpec(name: string, written: WrittenNetwork): NetworkSpec {
  const { type, driver, profile: _, dns, domain: full, stp, policy, ...table } = ownOf(written);
  return {
    type,
    ...(type === 'overlay' ? { driver: driver ?? 'quic' } : {}),
    profile: profileOf(written),
    ...table,
    dns: dns ?? (type !== 'macvlan' && (table.subnet ?? table.subnet6) !== undefined),
    domain: full ?? `${name}.internal`,
    ...(stp ? { stp } : {}),
    ...(policy === 'closed' ? { policy } : {}),
  };
}

export function profileOf({ type, profile, interfaces }: WrittenNetwork): NetworkSpec['profile'] {
  if (profile !== undefined) return profile;
  if (type === 'overlay') return 'internal';
  return type === 'macvlan' || interfaces !== undefined ? 'external' : 'nat';
}
