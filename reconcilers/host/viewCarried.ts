import type { CommandRunner } from './commandRunner.ts';
import { commandError } from './commandError.ts';
import { type Fields, fields, list, number, parseJson, text } from './toolOutput.ts';
import type { Carried, HeldAddress, Route } from './carried.ts';

const commands = {
  addresses: ['ip', '-j', 'addr'],
  routes4: ['ip', '-j', '-4', 'route', 'show', 'table', 'all'],
  routes6: ['ip', '-j', '-6', 'route', 'show', 'table', 'all'],
} as const;

/** Addresses and routes of a namespace, of both families and all tables. */
export async function readCarried(runner: CommandRunner, namespace: string | undefined): Promise<Carried> {
  const ask = async (argv: readonly string[]): Promise<string> => {
    const ended = await runner.finish({ argv, effect: 'read', namespace });
    if (ended.code !== 0) throw commandError(argv, ended);
    return ended.stdout;
  };
  const [addresses, routes4, routes6] = await Promise.all([
    ask(commands.addresses),
    ask(commands.routes4),
    ask(commands.routes6),
  ]);
  return {
    addresses: parseAddresses(addresses),
    routes: [...parseRoutes(routes4, 4), ...parseRoutes(routes6, 6)],
  };
}

/** @param printed by `ip -j addr` */
export function parseAddresses(printed: string): readonly HeldAddress[] {
  return entries(printed).flatMap((link) => {
    const name = text(link['ifname']);
    if (name === undefined || name === 'lo') return [];
    return list(link['addr_info']).flatMap((entry) => heldAddress(name, fields(entry) ?? {}));
  });
}

/** What a link has for itself alone (`fe80::…`), and what was found to be another's, is not counted. */
function heldAddress(link: string, entry: Fields): readonly HeldAddress[] {
  const [local, prefix, family] = [text(entry['local']), number(entry['prefixlen']), text(entry['family'])];
  if (local === undefined || prefix === undefined || (family !== 'inet' && family !== 'inet6')) return [];
  if (family === 'inet6' && (entry['scope'] === 'link' || entry['dadfailed'] === true)) return [];
  const [broadcast, peer] = [text(entry['broadcast']), text(entry['address'])];
  const [valid, preferred] = [number(entry['valid_life_time']), number(entry['preferred_life_time'])];
  return [
    {
      link,
      family: family === 'inet' ? 4 : 6,
      cidr: `${local}/${prefix}`,
      ...(broadcast === undefined ? {} : { broadcast }),
      ...(peer === undefined ? {} : { peer: `${peer}/${prefix}` }),
      ...(entry['noprefixroute'] === true ? { bare: true } : {}),
      ...(valid === undefined || valid >= forever ? {} : { lent: { valid, preferred: preferred ?? valid } }),
    },
  ];
}

/** INFINITY_LIFE_TIME of the kernel */
const forever = 0xffff_ffff;

/** @param printed by `ip -j route show table all` of one family */
export function parseRoutes(printed: string, family: 4 | 6): readonly Route[] {
  return entries(printed).flatMap((entry) => {
    const hops = list(entry['nexthops']).map((hop) => fields(hop) ?? {});
    if (hops.length === 0) return routeOf(entry, entry, family);
    return hops.flatMap((hop) => routeOf(entry, hop, family)).map((route) => ({ ...route, shared: true }));
  });
}

function routeOf(entry: Fields, hop: Fields, family: 4 | 6): readonly Route[] {
  const [to, link] = [text(entry['dst']), text(hop['dev'])];
  const type = text(entry['type']) ?? 'unicast';
  if (to === undefined || link === undefined || link === 'lo' || type !== 'unicast') return [];
  const [metric, expires] = [number(entry['metric']), number(entry['expires'])];
  const via = text(hop['gateway']) ?? text(fields(hop['via'])?.['host']);
  const [scope, source, preference] = ['scope', 'prefsrc', 'pref'].map((key) => text(entry[key]));
  return [
    {
      family,
      to: to === 'default' && family === 6 ? '::/0' : to,
      link,
      ...(via === undefined ? {} : { via }),
      table: text(entry['table']) ?? 'main',
      protocol: text(entry['protocol']) ?? 'boot',
      ...(scope === undefined || family === 6 ? {} : { scope }),
      ...(source === undefined ? {} : { source }),
      ...(metric === undefined ? {} : { metric }),
      ...(list(hop['flags']).includes('onlink') ? { onlink: true } : {}),
      ...(preference === undefined || family === 4 ? {} : { preference }),
      ...(expires === undefined ? {} : { expires }),
      ...options(entry),
    },
  ];
}

/** As `{"metrics":[{"mtu":1400}]}`. */
function options(entry: Fields): { options?: readonly string[] } {
  const words = list(entry['metrics']).flatMap((each) =>
    Object.entries(fields(each) ?? {}).flatMap(([name, value]) =>
      typeof value === 'number' ? [name, String(value)] : [],
    ),
  );
  return words.length === 0 ? {} : { options: words };
}

function entries(printed: string): readonly Fields[] {
  const found = list(parseJson('ip', printed.trim() === '' ? '[]' : printed));
  return found.map((entry) => fields(entry) ?? {});
}
