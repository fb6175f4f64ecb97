import { formatIp, parseRange, parseSubnet } from '../../../schema/cidr.ts';
import { formatIp6, parseRange6, parseSubnet6 } from '../../../schema/cidr6.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { isAnnounced } from './announced.ts';
import { waysOut } from '../addresses/hostAddresses.ts';
import type { Place } from '../place.ts';

/**
 * What dnsmasq is told of DHCP. Members that ask, which machines do, are told the addresses that are reserved for
 * them; strangers need a range.
 */
export function leasesConf(
  { paths, bridge }: Place,
  spec: NetworkSpec,
  line: (key: string, value: string) => string,
): readonly string[] {
  const [four, six] = [ofSubnet(spec), ofSubnet6(spec)];
  const count = (four?.count ?? 0) + (six?.count ?? 0);
  if (count === 0) return [];
  return [
    ...(four === undefined ? [] : [four.range]),
    ...(six === undefined ? [] : [six.range]),
    ...(isAnnounced(spec) ? announced(spec, bridge) : []),
    `dhcp-lease-max=${count}`,
    line('dhcp-hostsdir', paths.dhcpHosts),
    line('dhcp-leasefile', paths.leases),
    ...(spec.mtu === 1500 || four === undefined ? [] : [`dhcp-option=option:mtu,${spec.mtu}`]),
    // On a bridge with interfaces of the host there may be other servers, whose clients are none of ours.
    ...(spec.profile === 'external' ? [] : ['dhcp-authoritative']),
    ...(four === undefined ? [] : router(spec)),
  ];
}

/** Without a way out there is no router to tell of; without a word of it dnsmasq tells of the host. */
function router({ profile, gateway }: NetworkSpec): readonly string[] {
  if (gateway !== undefined) return [`dhcp-option=option:router,${gateway}`];
  return profile === 'nat' ? [] : ['dhcp-option=option:router'];
}

interface Lent {
  readonly range: string;
  /** How many leases there can be. */
  readonly count: number;
}

function ofSubnet(spec: NetworkSpec): Lent | undefined {
  const range = parseRange(spec.dhcp_range ?? '');
  const subnet = parseSubnet(spec.subnet ?? '');
  if (subnet === undefined) return undefined;
  const mask = formatIp(2 ** 32 - 2 ** (32 - subnet.prefix));
  const lent =
    range === undefined
      ? `${formatIp(subnet.network)},static`
      : `${formatIp(range.from)},${formatIp(range.to)}`;
  return { range: `dhcp-range=${lent},${mask},12h`, count: subnet.broadcast - subnet.network - 1 };
}

/** Stations make addresses of their own only in a subnet with 64 bits for them (RFC 4862, section 5.5.3). */
function ofSubnet6(spec: NetworkSpec): Lent | undefined {
  const range = parseRange6(spec.dhcp_range6 ?? '');
  const subnet = parseSubnet6(spec.subnet6 ?? '');
  if (subnet === undefined) return undefined;
  const lent =
    range === undefined
      ? `${formatIp6(subnet.network)},static`
      : `${formatIp6(range.from)},${formatIp6(range.to)}`;
  const mode = isAnnounced(spec) && subnet.prefix === 64 ? ',slaac' : '';
  const room = subnet.last - subnet.network;
  const count = room < mostLeases ? Number(room) : Number(mostLeases);
  return { range: `dhcp-range=${lent}${mode},${subnet.prefix},12h`, count };
}

/** A subnet has room for more than can be meant. */
const mostLeases = 65_536n;

/** Without a way out the host announces the subnet, and that it is no router (RFC 4861, section 4.2). */
function announced(spec: NetworkSpec, bridge: string): readonly string[] {
  return ['enable-ra', ...(waysOut(spec).way6 === undefined ? [`ra-param=${bridge},0,0`] : [])];
}
