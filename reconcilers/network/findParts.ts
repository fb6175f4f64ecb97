import type { FileStat, Link, Process } from '../host/view.ts';
import { isMarkOf, originOfMark, parseMark } from '../identity.ts';
import { oncePer } from '../oncePer.ts';
import { originOf } from '../past.ts';
import { linkNamed, linksOfKind, portsOn } from './linkIndex.ts';
import { configWord, isAdopted, type Place } from './place.ts';
import type { BridgeSeen, DnsmasqSeen } from './seen.ts';

/** The bridge with the network's mark; of several the one with the right name. */
export function findBridge(links: readonly Link[], place: Place): Link | undefined {
  const { scope, project, address, bridge } = place;
  const marked = markedBridges(links).get(`${scope.id}/${project}/${originOf(scope, address)}`) ?? [];
  return marked.find((link) => link.name === bridge) ?? marked[0];
}

/** By scope, project, and what the mark is of. */
const markedBridges = oncePer((links: readonly Link[]): ReadonlyMap<string, readonly Link[]> => {
  const marked = linksOfKind(links, 'bridge').flatMap((link) => {
    const mark = parseMark(link.alias);
    return mark === undefined ? [] : [{ link, key: `${mark.scope}/${mark.project}/${originOfMark(mark)}` }];
  });
  return new Map(
    [...Map.groupBy(marked, ({ key }) => key)].map(([key, group]) => [key, group.map(({ link }) => link)]),
  );
});

export function bridgeSeen(
  links: readonly Link[],
  { name, up, mtu, mac, addresses, addresses6, alias, stp }: Link,
  hosts: readonly string[] = [],
): BridgeSeen {
  const written = (all: Link['addresses']) =>
    all.map(({ ip, prefix }) => `${ip}/${prefix}`).filter((cidr) => !hosts.includes(cidr));
  return {
    name,
    up,
    mtu,
    mac,
    ...(isAdopted(alias) ? { adopted: true } : {}),
    ...(stp === true ? { stp } : {}),
    addresses: written(addresses),
    addresses6: written(addresses6),
    ports: portsOn(links, name).map((port) => port.name),
  };
}

/** Every process that runs, or claims to run, the network's dnsmasq. */
export function findDnsmasq(processes: ReadonlyMap<number, Process>, place: Place): readonly Process[] {
  return configured(processes).get(place.configOption) ?? [];
}

/** By the word that names its configuration. */
const configured = oncePer((processes: ReadonlyMap<number, Process>) => {
  const named = [...processes.values()].flatMap((process) =>
    [...new Set(process.argv)]
      .filter((word) => word.startsWith(configWord))
      .map((word) => ({ word, process })),
  );
  return new Map(
    [...Map.groupBy(named, ({ word }) => word)].map(([word, group]) => [
      word,
      group.map(({ process }) => process),
    ]),
  );
});

/**
 * dnsmasq answers each TCP client from a process of its own, so that several in its cgroup are no fault: the oldest is
 * the one that counts.
 */
export function dnsmasqState(
  found: readonly Process[],
  place: Place,
  namespace: number | undefined,
): Pick<DnsmasqSeen, 'process' | 'astray'> {
  const atHome = found.filter(({ cgroup, netns }) => cgroup === place.cgroup && netns === namespace);
  const [oldest] = atHome.toSorted((a, b) => a.startTime - b.startTime || a.pid - b.pid);
  const process = oldest === undefined ? 'none' : /^[Tt]/.test(oldest.state) ? 'stopped' : 'running';
  return { process, astray: atHome.length < found.length };
}

/**
 * Whether a dnsmasq that runs has lost its file of leases, which it makes when it starts, as soon as it answers DHCP, and
 * writes to from then on.
 * @param config text of its configuration
 */
export function forgetsLeases(
  { process }: Pick<DnsmasqSeen, 'process'>,
  config: string | undefined,
  file: FileStat | undefined,
): boolean {
  return process === 'running' && file === undefined && /^dhcp-range=[\d.]+,/m.test(config ?? '');
}

/** A link of somebody else's that has the name of the network's bridge. */
export function foreignLink(links: readonly Link[], place: Place): Link | undefined {
  const link = linkNamed(links, place.bridge);
  return link === undefined || (link.kind === 'bridge' && isMarkOf(link.alias, place)) ? undefined : link;
}
