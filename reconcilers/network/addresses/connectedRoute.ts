import { formatIp, parseSubnet } from '../../../schema/cidr.ts';
import { formatIp6, formatNetwork6, parseSubnet6 } from '../../../schema/cidr6.ts';
import type { Resource } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { HostView, Process } from '../../host/view.ts';
import type { NetworkStep } from '../diff.ts';
import type { BridgeSeen, NetworkSeen } from '../seen.ts';
import type { Task } from '../task.ts';

/** Subnets that links reach without a gateway, as `lan 192.168.77.0/24` and `lan fd00:77::/64`. */
export type Reached = ReadonlySet<string>;

/**
 * As a process of the namespace sees it in `/proc`: so nothing has to be started. Undefined where there is no such process:
 * then nothing is said about routes.
 */
export async function readReached(
  view: HostView,
  processes: ReadonlyMap<number, Process>,
  namespace: number | undefined,
  wanted: readonly Resource<'network'>[],
): Promise<Reached | undefined> {
  const there = [...processes.values()].find(({ netns }) => netns === namespace);
  try {
    const table = there && (await view.read(`/proc/${there.pid}/net/route`));
    const six = wanted.some(({ spec }) => spec.subnet6 !== undefined);
    const table6 = there && six ? await view.read(`/proc/${there.pid}/net/ipv6_route`) : undefined;
    return table === undefined ? undefined : parseReached(table).union(parseReached6(table6 ?? ''));
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** @param table text of `/proc/PID/net/route`: addresses and masks are the numbers that their bytes are to the processor */
export function parseReached(table: string): Reached {
  const lines = table.split('\n').slice(1);
  return new Set(
    lines.flatMap((line) => {
      const [name = '', to = '', gateway, , , , , mask = ''] = line.split('\t');
      if (gateway !== '00000000') return [];
      return [`${name} ${formatIp(swapped(to))}/${32 - Math.log2(2 ** 32 - swapped(mask))}`];
    }),
  );
}

function swapped(word: string): number {
  return Number.parseInt(word.match(/../g)?.toReversed().join('') ?? '', 16);
}

/** @param table text of `/proc/PID/net/ipv6_route`: destination, prefix, source, prefix, next hop and so on to the link */
export function parseReached6(table: string): Reached {
  return new Set(
    table.split('\n').flatMap((line) => {
      const [to = '', prefix = '', , , hop = '', , , , , name = ''] = line.trim().split(/\s+/);
      if (name === '' || !/^0+$/.test(hop)) return [];
      return [`${name} ${formatIp6(BigInt(`0x${to}`))}/${Number.parseInt(prefix, 16)}`];
    }),
  );
}

/**
 * Addresses of a bridge without the route to their subnet, which the kernel makes along with the address.
 * @param six whether IPv6 was looked at
 */
export function withoutRoute(
  reached: Reached | undefined,
  link: BridgeSeen | undefined,
  six: boolean,
): readonly string[] {
  if (reached === undefined || link?.up !== true) return [];
  return [...link.addresses, ...(six ? link.addresses6 : [])].filter((address) => {
    const to = networkOf(address);
    return to !== undefined && !reached.has(`${link.name} ${to}`);
  });
}

function networkOf(address: string): string | undefined {
  if (address.includes(':')) {
    const six = parseSubnet6(address);
    return six && formatNetwork6(six);
  }
  const four = parseSubnet(address);
  return four && `${formatIp(four.network)}/${four.prefix}`;
}

/** Pure. */
export function diffRoute(
  { subnet, subnet6 }: NetworkSpec,
  { unrouted = [], link }: NetworkSeen,
): readonly NetworkStep[] {
  const changes = [
    ...(subnet !== undefined && unrouted.includes(subnet) && link?.addresses.join(' ') === subnet
      ? [{ path: 'route', before: 'gone', after: `by ${link.name}` }]
      : []),
    ...(subnet6 !== undefined && unrouted.includes(subnet6) && link?.addresses6.join(' ') === subnet6
      ? [{ path: 'route6', before: 'gone', after: `by ${link.name}` }]
      : []),
  ];
  const [first] = changes;
  if (first === undefined) return [];
  const reason = `the route to ${first.path === 'route' ? subnet : subnet6} is gone`;
  return [{ id: 'route', effect: 'live', class: 'changed', reason, changes }];
}

/** As the kernel makes them. */
export async function setRoute({ host, place }: Task, { subnet, subnet6 }: NetworkSpec): Promise<void> {
  const [four, six] = [parseSubnet(subnet ?? ''), parseSubnet6(subnet6 ?? '')];
  const way = ['dev', place.bridge, 'proto', 'kernel'];
  const replace = (...argv: readonly string[]) => ({ argv: ['route', 'replace', ...argv] });
  await host.links.change([
    ...(four === undefined
      ? []
      : [
          replace(
            `${formatIp(four.network)}/${four.prefix}`,
            ...[...way, 'scope', 'link', 'src', formatIp(four.gateway)],
          ),
        ]),
    ...(six === undefined ? [] : [replace(formatNetwork6(six), ...way, 'metric', '256')]),
  ]);
}
