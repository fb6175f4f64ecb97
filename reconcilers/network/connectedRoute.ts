import { formatIp, parseSubnet } from '../../schema/cidr.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { HostView, Process } from '../host/view.ts';
import type { NetworkStep } from './diff.ts';
import type { BridgeSeen, NetworkSeen } from './seen.ts';
import type { Task } from './task.ts';

/** Subnets that links reach without a gateway, as `lan 192.168.77.0/24`. */
export type Reached = ReadonlySet<string>;

/**
 * As a process of the namespace sees it in `/proc`: so nothing has to be started. Undefined where there is no such process:
 * then nothing is said about routes.
 */
export async function readReached(
  view: HostView,
  processes: ReadonlyMap<number, Process>,
  namespace: number | undefined,
): Promise<Reached | undefined> {
  const there = [...processes.values()].find(({ netns }) => netns === namespace);
  try {
    const table = there && (await view.read(`/proc/${there.pid}/net/route`));
    return table === undefined ? undefined : parseReached(table);
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

/** Whether a bridge has its address and not the route to its subnet, which the kernel makes along with the address. */
export function missesRoute(reached: Reached | undefined, link: BridgeSeen | undefined): boolean {
  if (reached === undefined || link?.up !== true) return false;
  return link.addresses.some((address) => {
    const subnet = parseSubnet(address);
    return subnet !== undefined && !reached.has(`${link.name} ${formatIp(subnet.network)}/${subnet.prefix}`);
  });
}

/** Pure. */
export function diffRoute({ subnet }: NetworkSpec, { unrouted, link }: NetworkSeen): readonly NetworkStep[] {
  if (unrouted !== true || subnet === undefined || link?.addresses.join(' ') !== subnet) return [];
  const change = { path: 'route', before: 'gone', after: `by ${link.name}` };
  const reason = `the route to ${subnet} is gone`;
  return [{ id: 'route', effect: 'live', class: 'changed', reason, changes: [change] }];
}

/** As the kernel makes it. */
export async function setRoute({ host, place }: Task, { subnet: text }: NetworkSpec): Promise<void> {
  const subnet = parseSubnet(text ?? '');
  if (subnet === undefined) return;
  const to = `${formatIp(subnet.network)}/${subnet.prefix}`;
  const way = ['dev', place.bridge, 'proto', 'kernel', 'scope', 'link', 'src', formatIp(subnet.gateway)];
  await host.links.change([{ argv: ['route', 'replace', to, ...way] }]);
}
