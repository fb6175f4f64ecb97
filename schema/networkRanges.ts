import { contains, formatIp, formatNetwork, parseIp, parseRange, parseSubnet } from './cidr.ts';
import { contains6, formatIp6, formatNetwork6, parseRange6, parseSubnet6 } from './cidr6.ts';
import type { WrittenNetwork } from './network.ts';
import type { TableProblem } from './problem.ts';

/** Addresses that a network lends, and its router, lie within its subnets. */
export function checkRanges(table: WrittenNetwork): readonly TableProblem[] {
  return [...checkRange(table), ...checkRange6(table), ...checkGateway(table)];
}

function checkRange({ subnet: written, dhcp_range }: WrittenNetwork): readonly TableProblem[] {
  const subnet = parseSubnet(written ?? '');
  const range = parseRange(dhcp_range ?? '');
  if (subnet === undefined || range === undefined) return [];
  const [first, last] = [subnet.network + 1, subnet.broadcast - 1];
  const gateway = formatIp(subnet.gateway);
  const hint = `choose addresses from ${formatIp(first)} to ${formatIp(last)}, without the gateway ${gateway}`;
  const refuse = (message: string, hint: string): readonly TableProblem[] => {
    return [{ code: 'network.address', message, hint, path: ['dhcp_range'], involves: ['subnet'] }];
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

function checkRange6({ subnet6, dhcp_range6 }: WrittenNetwork): readonly TableProblem[] {
  const subnet = parseSubnet6(subnet6 ?? '');
  const range = parseRange6(dhcp_range6 ?? '');
  if (subnet === undefined || range === undefined) return [];
  const refuse = (message: string, hint: string): readonly TableProblem[] => {
    return [{ code: 'network.address', message, hint, path: ['dhcp_range6'], involves: ['subnet6'] }];
  };
  const gateway = formatIp6(subnet.gateway);
  if (!contains6(subnet, range.from) || !contains6(subnet, range.to)) {
    const example = `${formatIp6(subnet.network + 0x100n)}-${formatIp6(subnet.network + 0x1ffn)}`;
    const hint = subnet.prefix > 119 ? 'choose addresses of it' : `for example "${example}"`;
    return refuse(`dhcp_range6 must lie within ${formatNetwork6(subnet)}`, hint);
  }
  if (range.from > subnet.gateway || range.to < subnet.gateway) return [];
  return refuse(
    `dhcp_range6 must not hold the gateway ${gateway}`,
    `start after ${gateway}, or end before it`,
  );
}

function checkGateway({ subnet: written, gateway: router }: WrittenNetwork): readonly TableProblem[] {
  const subnet = parseSubnet(written ?? '');
  const ip = parseIp(router ?? '');
  if (subnet === undefined || ip === undefined) return [];
  const own = ip === subnet.gateway;
  if (!own && ip > subnet.network && ip < subnet.broadcast) return [];
  const message = own
    ? `gateway is ${router}, the host's own address in subnet, which it is anyway`
    : `gateway must be an address of ${formatNetwork(subnet)} that somebody can have`;
  const hint = own
    ? 'leave it out'
    : `choose one from ${formatIp(subnet.network + 1)} to ${formatIp(subnet.broadcast - 1)}`;
  return [{ code: 'network.address', message, hint, path: ['gateway'], involves: ['subnet'] }];
}
