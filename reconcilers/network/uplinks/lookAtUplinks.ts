import type { NetworkSpec } from '../../../schema/network.ts';
import type { HostView, Link } from '../../host/view.ts';
import { describeRoute, keyOfAddress, loadOf, type Load } from './carry.ts';
import { findBridge, foreignLink } from '../findParts.ts';
import { linkNamed } from '../linkIndex.ts';
import type { Place } from '../place.ts';
import { confirmOf, ownOf } from './noteUplinks.ts';
import { lostOf, portsOf, type Uplinks } from './uplinkMoves.ts';
import { parseRecord } from './uplinkRecord.ts';

/** What is seen of the interfaces of the host that are ports of a network's bridge, or are to be. */
export interface UplinksSeen {
  readonly ports: readonly PortSeen[];
  /** What came along with them and is not on the bridge any more, as `192.168.1.5/24`, `default via 192.168.1.1`. */
  readonly lost: readonly string[];
  /** Addresses of the bridge that are the host's own affair. */
  readonly hosts: readonly string[];
  /** All that has to be known later is noted. */
  readonly noted: boolean;
  /** A run that was cut off has left a change to them. */
  readonly unsettled: boolean;
  /** The MAC address that the bridge has by them. */
  readonly mac: string | undefined;
}

export interface PortSeen {
  readonly name: string;
  /** What it is a port of. */
  readonly master: string | undefined;
  readonly up: boolean;
  /** bytes */
  readonly mtu: number;
  /** What it has for itself: addresses and routes, for a person. */
  readonly carries: readonly string[];
}

/** Undefined for a network that has nothing to do with interfaces of the host. */
export async function lookAtUplinks(
  view: HostView,
  links: readonly Link[],
  place: Place,
  spec: NetworkSpec | undefined,
): Promise<UplinksSeen | undefined> {
  const [text, guard] = await Promise.all([view.read(place.paths.uplinks), view.stat(place.paths.guard)]);
  const wanted = portsOf(spec);
  const none = text === undefined && guard === undefined;
  if (!isHosts(spec) && spec?.interfaces === undefined && none) return undefined;
  const uplinks = await uplinksOf(view, links, place);
  const { carried, record } = uplinks;
  const names = [...new Set([...wanted, ...(record?.ports ?? []).map(({ name }) => name)])];
  return {
    ports: links
      .filter(({ name }) => names.includes(name))
      .map(({ name, master, up, mtu }) => ({
        name,
        master,
        up,
        mtu,
        carries: describeLoad(loadOf(carried, name)),
      })),
    lost: describeLoad(lostOf(uplinks)),
    hosts: hostsAddresses(spec, uplinks),
    noted: isNoted(spec, wanted, uplinks),
    unsettled: guard !== undefined,
    mac: macByPorts(spec, links),
  };
}

/** Everything that moves are worked out from. */
export async function uplinksOf(view: HostView, links: readonly Link[], place: Place): Promise<Uplinks> {
  const [text, carried] = await Promise.all([view.read(place.paths.uplinks), view.carried()]);
  // One that is to be taken over does not bear the mark yet.
  const bridge = findBridge(links, place) ?? foreignLink(links, place);
  return { links, carried, bridge: bridge?.name, record: parseRecord(text) };
}

/** Neighbours know the host by the address of its interface: a bridge has that of the first. */
export function macByPorts(spec: NetworkSpec | undefined, links: readonly Link[]): string | undefined {
  const [first] = spec?.interfaces ?? [];
  return first === undefined ? undefined : linkNamed(links, first)?.mac;
}

/** As `hostsAddresses`, and looks no further where there are none. */
export async function readHostsAddresses(
  view: HostView,
  links: readonly Link[],
  place: Place,
  spec: NetworkSpec,
): Promise<readonly string[]> {
  if (!isHosts(spec) && (await view.read(place.paths.uplinks)) === undefined) return [];
  return hostsAddresses(spec, await uplinksOf(view, links, place));
}

/** The bridge stands for interfaces of the host, which has its addresses there. */
function isHosts(spec: NetworkSpec | undefined): boolean {
  return spec?.type === 'bridge' && spec.profile === 'external' && spec.vlan === undefined;
}

/** All addresses but those that the bridge has, or had, from the NovaFile. */
function hostsAddresses(spec: NetworkSpec | undefined, uplinks: Uplinks): readonly string[] {
  const { carried, bridge, record } = uplinks;
  if (!isHosts(spec) && record === undefined) return [];
  const brought = new Set(record?.ports.flatMap(({ addresses }) => addresses.map(keyOfAddress)));
  const former = new Set(record?.own.filter((cidr) => !brought.has(cidr)));
  const own = new Set(ownOf(spec));
  return loadOf(carried, bridge)
    .addresses.map(keyOfAddress)
    .filter((cidr) => !own.has(cidr) && !former.has(cidr));
}

function isNoted(spec: NetworkSpec | undefined, wanted: readonly string[], { record }: Uplinks): boolean {
  if (wanted.length === 0) return true;
  const names = new Set(record?.ports.map(({ name }) => name));
  const { timeout, address } = confirmOf(spec, record);
  return (
    wanted.every((name) => names.has(name)) &&
    ownOf(spec).every((cidr) => record?.own.includes(cidr) === true) &&
    record?.confirm.timeout === timeout &&
    record.confirm.address === address
  );
}

function describeLoad({ addresses, routes }: Load): readonly string[] {
  return [...addresses.map(({ cidr }) => cidr), ...routes.map(describeRoute)];
}
