import type { NetworkSpec } from '../../../schema/network.ts';
import type { LinkCommand } from '../../host/host.ts';
import type { Witness } from '../../host/uplinksPort.ts';
import type { Carried } from '../../host/carried.ts';
import type { Link } from '../../host/view.ts';
import { carry, give, keyOfAddress, keyOfRoute, type Load, loadOf, noLoad } from './carry.ts';
import { keysOf, lasting, missing, union } from './loads.ts';
import { note } from './noteUplinks.ts';
import type { PortRecord, UplinkRecord } from './uplinkRecord.ts';

/** What is there of the interfaces that are ports of a network's bridge, or are to be. */
export interface Uplinks {
  readonly links: readonly Link[];
  readonly carried: Carried;
  /** Name of the bridge; undefined: there is none. */
  readonly bridge: string | undefined;
  readonly record: UplinkRecord | undefined;
}

/** How interfaces become ports, and cease to be some. */
export interface Moves {
  readonly change: readonly LinkCommand[];
  readonly undo: readonly LinkCommand[];
  /** Everything that the two are about. */
  readonly links: readonly Link[];
  readonly witnesses: readonly Witness[];
  /** An interface comes or goes. */
  readonly moves: boolean;
  /** One comes that the host is, or may be, reached by. */
  readonly risky: boolean;
  /** What is to be noted before, and after. */
  readonly before: UplinkRecord | undefined;
  readonly after: UplinkRecord | undefined;
}

/** Interfaces that are ports themselves; on a VLAN that is a link of its own. */
export function portsOf(spec: NetworkSpec | undefined): readonly string[] {
  return spec === undefined || spec.vlan !== undefined ? [] : (spec.interfaces ?? []);
}

/** Pure. Without a spec all ports go back. */
export function movesFor(spec: NetworkSpec | undefined, uplinks: Uplinks): Moves {
  const { links, carried, record, bridge } = uplinks;
  const wanted = portsOf(spec);
  const noted = note(spec, wanted, uplinks);
  const leaving = (record?.ports ?? []).filter(({ name }) => !wanted.includes(name));
  const parts = [
    ...wanted.map((name) => enter(name, spec?.mtu ?? 0, uplinks)),
    ...leaving.map((port, index) =>
      leave(port, uplinks, wanted.length === 0 && index === leaving.length - 1),
    ),
  ];
  const moved = parts.filter(({ moves }) => moves);
  const ports = noted.ports.filter(({ name }) => wanted.includes(name));
  const change = parts.flatMap((part) => part.change);
  const lost = bridge === undefined || wanted.length === 0 ? [] : give(lostOf(uplinks), bridge);
  const names = new Set([bridge, ...parts.map(({ name }) => name)]);
  return {
    change: [...change, ...lost],
    undo: parts.toReversed().flatMap(({ undo }) => undo),
    links: links.filter(({ name }) => names.has(name)),
    witnesses: witnessesOf(noted, carried, bridge, moved),
    moves: moved.length > 0,
    risky: moved.some(({ to, load }) => to === bridge && load.addresses.length + load.routes.length > 0),
    before: noted.ports.length === 0 ? undefined : noted,
    after: ports.length === 0 ? undefined : { ...noted, ports },
  };
}

interface Part {
  readonly name: string;
  /** It becomes a port, or ceases to be one. */
  readonly moves: boolean;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly load: Load;
  readonly change: readonly LinkCommand[];
  readonly undo: readonly LinkCommand[];
}

function enter(name: string, mtu: number, { links, carried, bridge }: Uplinks): Part {
  const load = loadOf(carried, name);
  const link = links.find((each) => each.name === name);
  const base = { name, load, from: name, to: bridge };
  if (link === undefined || bridge === undefined) return { ...base, moves: false, change: [], undo: [] };
  const joins = link.master !== bridge;
  const wider = link.mtu < mtu ? ['mtu', String(mtu)] : [];
  const settings = [...(joins ? ['master', bridge] : []), ...wider, ...(link.up ? [] : ['up'])];
  const back = [
    ...(joins ? ['nomaster'] : []),
    ...(wider.length === 0 ? [] : ['mtu', String(link.mtu)]),
    ...(joins && link.up ? ['up'] : []),
  ];
  return {
    ...base,
    moves: joins,
    change: [...set(name, settings), ...carry(load, name, bridge, carried)],
    undo: [
      ...set(name, back),
      ...carry(load, bridge, name, { ...carried, routes: [] }),
      ...(link.up ? [] : set(name, ['down'])),
    ],
  };
}

/** @param last nothing of the host's stays on the bridge */
function leave(port: PortRecord, { links, carried, bridge, record }: Uplinks, last: boolean): Part {
  const { name, mtu, up } = port;
  const link = links.find((each) => each.name === name);
  const isPort = bridge !== undefined && link?.master === bridge;
  const others = (record?.ports ?? []).filter(
    (each) => each.name !== name && links.some((of) => of.name === each.name),
  );
  const load = last ? everything(port, carried, bridge, record, others) : onlyOf(port, carried, bridge);
  const base = { name, load, from: bridge, to: name, moves: isPort };
  // What is a port of something else by now is somebody else's affair.
  if (link === undefined || (link.master !== undefined && !isPort)) return { ...base, change: [], undo: [] };
  const narrower = link.mtu === mtu ? [] : ['mtu', String(mtu)];
  const source = bridge ?? name;
  return {
    ...base,
    change: [
      ...set(name, [...(isPort ? ['nomaster'] : []), ...narrower, ...(up && !link.up ? ['up'] : [])]),
      ...(source === name ? give(load, name) : carry(load, source, name, carried)),
      ...(up || !link.up ? [] : set(name, ['down'])),
    ],
    undo: isPort
      ? [
          ...set(name, ['master', bridge, ...(narrower.length === 0 ? [] : ['mtu', String(link.mtu)]), 'up']),
          ...carry(load, name, bridge, { ...carried, routes: [] }),
        ]
      : [],
  };
}

function set(name: string, settings: readonly string[]): readonly LinkCommand[] {
  return settings.length === 0 ? [] : [{ argv: ['link', 'set', 'dev', name, ...settings] }];
}

/** All that is on the bridge and is neither the NovaFile's nor came with others, and what came along and has got lost. */
function everything(
  port: PortRecord,
  carried: Carried,
  bridge: string | undefined,
  record: UplinkRecord | undefined,
  others: readonly PortRecord[],
): Load {
  const there = loadOf(carried, bridge);
  const brought = new Set(record?.ports.flatMap(({ addresses }) => addresses.map(keyOfAddress)));
  const own = new Set(record?.own.filter((cidr) => !brought.has(cidr)));
  const theirs = keysOf(
    others.flatMap(({ addresses }) => addresses),
    keyOfAddress,
  );
  const ways = keysOf(
    others.flatMap(({ routes }) => routes),
    keyOfRoute,
  );
  const rest = {
    addresses: there.addresses.filter(({ cidr }) => !own.has(cidr) && !theirs.has(cidr)),
    routes: there.routes.filter((route) => !ways.has(keyOfRoute(route))),
  };
  return union(rest, missing(lasting(port), there));
}

function onlyOf(port: PortRecord, carried: Carried, bridge: string | undefined): Load {
  const there = loadOf(carried, bridge);
  const [addresses, routes] = [keysOf(port.addresses, keyOfAddress), keysOf(port.routes, keyOfRoute)];
  const still = {
    addresses: there.addresses.filter((address) => addresses.has(keyOfAddress(address))),
    routes: there.routes.filter((route) => routes.has(keyOfRoute(route))),
  };
  return union(still, missing(lasting(port), there));
}

/** What came along with ports, was there for good, and is not on the bridge any more. */
export function lostOf({ carried, bridge, record, links }: Uplinks): Load {
  const there = loadOf(carried, bridge);
  const inside = (record?.ports ?? []).filter(({ name }) => {
    const link = links.find((each) => each.name === name);
    // What is on its way there is not lost, and nor is what went to where it came from.
    return link !== undefined && (link.master === bridge || loadOf(carried, name).addresses.length === 0);
  });
  return inside.map((port) => missing(lasting(port), there)).reduce(union, noLoad);
}

/** The address that is given, else every gateway to the world. */
function witnessesOf(
  { confirm }: UplinkRecord,
  carried: Carried,
  bridge: string | undefined,
  moved: readonly Part[],
): readonly Witness[] {
  if (confirm.address !== undefined) return [{ ip: confirm.address }];
  return defaultRoutes(carried).flatMap((route) => {
    const { link, via } = route;
    const mover = moved.find(
      ({ from, load }) =>
        from === link && (link !== bridge || keysOf(load.routes, keyOfRoute).has(keyOfRoute(route))),
    );
    return via === undefined ? [] : [{ ip: via, before: link, after: mover?.to ?? link }];
  });
}

/** Those by which the host reaches the world. */
export function defaultRoutes({ routes }: Carried): Carried['routes'] {
  return routes.filter(({ to, table }) => table === 'main' && (to === 'default' || to === '::/0'));
}
