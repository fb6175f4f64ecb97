import { contains, formatNetwork, parseIp, parseRange, parseSubnet } from './cidr.ts';
import { contains6, formatNetwork6, parseIp6, parseRange6, parseSubnet6 } from './cidr6.ts';
import type { WrittenNetwork } from './network.ts';
import type { TableProblem } from './problem.ts';
import type { Reservation } from './reservation.ts';

/** Each reservation has an address of the subnet that nobody else has, and each station has one. */
export function checkReservations(table: WrittenNetwork): readonly TableProblem[] {
  const list = table.reservations ?? [];
  return list.flatMap((reservation, index): readonly TableProblem[] => {
    const path = ['reservations', index];
    const wrong = [
      twice(list, reservation, index),
      wrongIp(table, reservation),
      wrongIp6(table, reservation),
    ];
    return wrong.flatMap((problem) =>
      problem === undefined
        ? []
        : [
            {
              code: 'network.address' as const,
              message: problem.message,
              hint: problem.hint,
              path: [...path, problem.key],
              involves: ['subnet', 'subnet6', 'dhcp_range', 'dhcp_range6'],
            },
          ],
    );
  });
}

interface Wrong {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

function twice(list: readonly Reservation[], reservation: Reservation, index: number): Wrong | undefined {
  const keys = ['mac', 'ip', 'ip6', 'name'] as const;
  const found = keys.find(
    (name) =>
      reservation[name] !== undefined && list.findIndex((other) => other[name] === reservation[name]) < index,
  );
  if (found === undefined) return undefined;
  return {
    key: found,
    message: `${reservation[found]} is in an earlier reservation already`,
    hint: 'reserve each once',
  };
}

function wrongIp(table: WrittenNetwork, { ip: written }: Reservation): Wrong | undefined {
  const ip = parseIp(written ?? '');
  const subnet = parseSubnet(table.subnet ?? '');
  if (ip === undefined || written === undefined) return undefined;
  const wrong = (message: string, hint: string): Wrong => ({ key: 'ip', message, hint });
  if (subnet === undefined)
    return wrong('an IPv4 address cannot be reserved without a subnet', 'add subnet = "192.168.77.1/24"');
  if (!contains(subnet, ip) || ip === subnet.network || ip === subnet.broadcast)
    return wrong(`${written} is not in ${formatNetwork(subnet)}`, 'choose an address of the subnet');
  if (ip === subnet.gateway || written === table.gateway)
    return wrong(`${written} is the gateway`, 'choose another address of the subnet');
  const range = parseRange(table.dhcp_range ?? '');
  if (range === undefined || ip < range.from || ip > range.to) return undefined;
  return wrong(
    `${written} is in the dhcp_range, whose addresses are lent to others`,
    `choose an address outside of ${table.dhcp_range}`,
  );
}

function wrongIp6(table: WrittenNetwork, { ip6: written }: Reservation): Wrong | undefined {
  const ip = parseIp6(written ?? '');
  const subnet = parseSubnet6(table.subnet6 ?? '');
  if (ip === undefined || written === undefined) return undefined;
  const wrong = (message: string, hint: string): Wrong => ({ key: 'ip6', message, hint });
  if (subnet === undefined)
    return wrong('an IPv6 address cannot be reserved without a subnet6', 'add subnet6 = "fd00:77::1/64"');
  if (!contains6(subnet, ip) || ip === subnet.network)
    return wrong(`${written} is not in ${formatNetwork6(subnet)}`, 'choose an address of subnet6');
  if (ip === subnet.gateway) return wrong(`${written} is the gateway`, 'choose another address of subnet6');
  const range = parseRange6(table.dhcp_range6 ?? '');
  if (range === undefined || ip < range.from || ip > range.to) return undefined;
  return wrong(
    `${written} is in the dhcp_range6, whose addresses are lent to others`,
    `choose an address outside of ${table.dhcp_range6}`,
  );
}
