import { formatIp6 } from '../../schema/cidr6.ts';

/**
 * Its own IPv6 addresses of global scope that somebody gave it for good: not those that a router's announcements make.
 * @param table text of `/proc/PID/net/if_inet6`: address, index, prefix, scope and flags in hexadecimal, and the link
 */
export function parseAddresses6(
  table: string,
): readonly { readonly ip: string; readonly prefix: number; readonly link: string }[] {
  return table.split('\n').flatMap((line) => {
    const [address = '', , prefix = '', scope = '', flags = '', link = ''] = line.trim().split(/\s+/);
    if (link === '' || link === 'lo' || Number.parseInt(scope, 16) !== 0) return [];
    if ((Number.parseInt(flags, 16) & permanent) === 0) return [];
    return [{ ip: formatIp6(BigInt(`0x${address}`)), prefix: Number.parseInt(prefix, 16), link }];
  });
}

/**
 * Gateway of the default route that somebody set.
 * @param table text of `/proc/PID/net/ipv6_route`: destination, prefix, source, prefix, next hop, metric, counters, flags
 */
export function parseGateway6(table: string): string | undefined {
  const routes = table.split('\n').map((line) => line.trim().split(/\s+/));
  const route = routes.find(([destination = '', prefix, , , , , , , flags = '']) => {
    const bits = Number.parseInt(flags, 16);
    return /^0+$/.test(destination) && prefix === '00' && (bits & gateway) !== 0 && (bits & announced) === 0;
  });
  return route?.[4] === undefined ? undefined : formatIp6(BigInt(`0x${route[4]}`));
}

/** IFA_F_PERMANENT of linux/if_addr.h */
const permanent = 0x80;

/** RTF_GATEWAY and RTF_ADDRCONF of linux/route.h and linux/ipv6_route.h */
const gateway = 0x2;
const announced = 0x40000;
