import type { LinkCommand } from '../../host/host.ts';
import { egressProtocol } from './egress.ts';
import type { Carried, HeldAddress, Route } from '../../host/carried.ts';

/** What one link carries that can be given to another. */
export interface Load {
  readonly addresses: readonly HeldAddress[];
  readonly routes: readonly Route[];
}

export const noLoad: Load = { addresses: [], routes: [] };

/** What the kernel makes by itself with an address is no part of it. */
export function loadOf({ addresses, routes }: Carried, link: string | undefined): Load {
  const held = addresses.filter((address) => address.link === link);
  const bare = new Set(held.filter((address) => address.bare).map(({ family }) => family));
  return {
    addresses: held,
    routes: routes.filter(
      (route) =>
        route.link === link &&
        route.protocol !== egressProtocol &&
        !route.to.startsWith('fe80:') &&
        (route.protocol !== 'kernel' || bare.has(route.family)),
    ),
  };
}

/**
 * The commands that give a load of one link to another: all of it is there before anything is taken away. Neighbours
 * have known the addresses already, so nobody is asked whether they are free (`nodad`).
 * @param carried for what the kernel may leave behind on the first link
 */
export function carry(load: Load, from: string, to: string, carried: Carried): readonly LinkCommand[] {
  const left = carried.routes.filter(
    ({ link, family, protocol, to: target }) =>
      link === from && family === 6 && protocol === 'kernel' && !target.startsWith('fe80:'),
  );
  return [
    ...give(load, to),
    ...load.addresses.map((address) => ({
      argv: ['address', 'delete', ...ends(address), 'dev', from],
      tolerate: 'absent' as const,
    })),
    // A route to the subnet of an address that ends stays until then (Linux, cleanup_prefix_route).
    ...[...load.routes, ...left].map((route) => ({
      argv: ['route', 'delete', ...wayOf({ ...route, link: from })],
      tolerate: 'absent' as const,
    })),
  ];
}

/** The commands that give a link what it lacks. Routes to gateways come after those by which these are reached. */
export function give({ addresses, routes }: Load, to: string): readonly LinkCommand[] {
  return [
    ...addresses.map((address) => ({
      argv: ['address', 'add', ...ends(address), 'dev', to, ...manner(address)],
      tolerate: 'exists' as const,
    })),
    ...routes
      .toSorted((a, b) => Number(a.via !== undefined) - Number(b.via !== undefined))
      .map((route) => ({ argv: ['route', 'replace', ...wordsOf({ ...route, link: to })] })),
  ];
}

/** By which two addresses, or routes, are told to be in each other's place. */
export function keyOfAddress({ cidr }: HeldAddress): string {
  return cidr;
}

export function keyOfRoute({ family, to, table, metric = 0 }: Route): string {
  return `${family} ${to} ${table} ${metric}`;
}

/** For a person, as `default via 192.168.1.1`. */
export function describeRoute({ to, via, table }: Route): string {
  const way = via === undefined ? '' : ` via ${via}`;
  return `${to === '::/0' ? 'default' : to}${way}${table === 'main' ? '' : ` in table ${table}`}`;
}

function ends({ cidr, peer }: HeldAddress): readonly string[] {
  return peer === undefined ? [cidr] : [cidr.split('/')[0] ?? cidr, 'peer', peer];
}

/**
 * Routers tell the bridge as well how long their addresses are good. A lease of DHCP is renewed by a client that knows the
 * interface alone: until that gives it anew, the host keeps it.
 */
function manner({ family, broadcast, bare, lent }: HeldAddress): readonly string[] {
  return [
    ...(broadcast === undefined ? [] : ['broadcast', broadcast]),
    ...(lent === undefined || family === 4
      ? []
      : ['valid_lft', String(lent.valid), 'preferred_lft', String(lent.preferred)]),
    ...(bare === true ? ['noprefixroute'] : []),
    ...(family === 6 ? ['nodad'] : []),
  ];
}

function wayOf({ to, via, link, table, metric }: Route): readonly string[] {
  return [
    to,
    ...(via === undefined ? [] : ['via', via]),
    ...['dev', link, 'table', table],
    ...(metric === undefined ? [] : ['metric', String(metric)]),
  ];
}

function wordsOf(route: Route): readonly string[] {
  const { protocol, scope, source, onlink, preference, expires, options = [] } = route;
  return [
    ...wayOf(route),
    ...['proto', protocol],
    ...(scope === undefined ? [] : ['scope', scope]),
    ...(source === undefined ? [] : ['src', source]),
    ...(onlink === true ? ['onlink'] : []),
    ...(preference === undefined ? [] : ['pref', preference]),
    ...(expires === undefined ? [] : ['expires', String(expires)]),
    ...options,
  ];
}
