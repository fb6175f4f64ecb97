import type { NetworkLease, NetworkTold } from '../netTold.ts';
import { table } from './table.ts';

/** A line for each network. */
export function networksTable(networks: readonly NetworkTold[]): string {
  const rows = networks.map(({ name, state, drift, declared, seen, members, leases }) => [
    name,
    state,
    drift ?? '',
    word(declared?.['profile']),
    addressesOf({ declared, seen }),
    seen?.link?.name ?? '-',
    String(members.length),
    String(leases.length),
  ]);
  return table(['NAME', 'STATE', 'DRIFT', 'PROFILE', 'ADDRESSES', 'BRIDGE', 'MEMBERS', 'LEASES'], rows);
}

/** Where it is declared what it should have, else what it has. */
function addressesOf({ declared, seen }: Pick<NetworkTold, 'declared' | 'seen'>): string {
  const wanted = [declared?.['subnet'], declared?.['subnet6']].filter((text) => typeof text === 'string');
  const all = declared === undefined ? onLink(seen) : wanted;
  return all.length === 0 ? '-' : all.join(' ');
}

function onLink(seen: NetworkTold['seen']): readonly string[] {
  return [...(seen?.link?.addresses ?? []), ...(seen?.link?.addresses6 ?? [])];
}

/** Everything of one network: what is declared, what is there, and who is on it. */
export function networkText(network: NetworkTold, now: number): string {
  const { address, state, details, drift, declared, seen, members, ports, leases } = network;
  const link = seen?.link;
  const serves = seen === undefined ? 'absent' : seen.dnsmasq.process;
  const facts: readonly (readonly [string, string])[] = [
    ['state', details === '' ? state : `${state}: ${details}`],
    ['drift', drift === undefined ? 'none' : `${drift} (\`nova drift\` tells what differs)`],
    ['declared', declared === undefined ? 'no: `nova apply` would take it away' : ''],
    ...Object.entries(declared ?? {}).map(([key, value]) => [`  ${key}`, word(value)] as const),
    ['bridge', link === undefined ? 'absent' : `${link.name}, ${link.mac}, mtu ${link.mtu}`],
    ['on it', onLink(seen).join(', ') || 'no address'],
    ['rules', String(seen?.rules.rules.length ?? 0)],
    ['dnsmasq', serves === 'none' ? 'does not run' : serves],
    ['members', members.length === 0 ? 'none' : ''],
    ...members.map(
      ({ address: who, ip, ip6 }) => [`  ${who}`, [ip ?? '-', ip6 ?? []].flat().join(' ')] as const,
    ),
    ['ports', ports.length === 0 ? 'none' : ''],
    ...ports.map(({ link: name, member }) => [`  ${name}`, member ?? 'not of this project'] as const),
    ['leases', leases.length === 0 ? 'none' : ''],
    ...leases.map((lease) => [`  ${lease.ip}`, leaseWords(lease, now)] as const),
  ];
  const width = Math.max(...facts.map(([what]) => what.length));
  const lines = facts.map(([what, said]) => `  ${what.padEnd(width)}  ${said}`.trimEnd());
  return `${[address, ...lines].join('\n')}\n`;
}

function leaseWords({ mac, name, member, expires }: NetworkLease, now: number): string {
  const who = member ?? name ?? 'who does not say its name';
  return `${who}${mac === undefined ? '' : `, ${mac}`}, ${left(expires, now)}`;
}

export function leasesTable(networks: readonly NetworkTold[], now: number): string {
  const rows = networks.flatMap(({ name: network, leases }) =>
    leases.map(({ ip, mac, name, member, expires }) => [
      network,
      ip,
      mac ?? '-',
      name ?? '-',
      member ?? '-',
      left(expires, now),
    ]),
  );
  return rows.length === 0
    ? 'Nothing is lent.\n'
    : table(['NETWORK', 'ADDRESS', 'MAC', 'NAME', 'MEMBER', 'EXPIRES'], rows);
}

/** As `in 11h 59m`. */
function left(expires: number | undefined, now: number): string {
  if (expires === undefined) return 'never';
  const minutes = Math.max(0, Math.ceil((expires - now) / 60_000));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return hours === 0 ? `in ${rest}m` : `in ${hours}h ${rest}m`;
}

function word(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** For programs, with nulls for what there is not. */
export function networkJson(network: NetworkTold): object {
  const { address, name, state, drift, declared, seen, members, ports } = network;
  const link = seen?.link;
  return {
    address,
    name,
    state,
    drift: drift ?? null,
    declared: declared ?? null,
    bridge:
      link === undefined
        ? null
        : { name: link.name, up: link.up, mac: link.mac, mtu: link.mtu, addresses: onLink(seen) },
    rules: seen?.rules.rules.length ?? 0,
    dnsmasq: seen?.dnsmasq.process ?? 'none',
    members: members.map(({ address: who, ip, ip6 }) => ({ address: who, ip: ip ?? null, ip6: ip6 ?? null })),
    ports: ports.map(({ link: port, member }) => ({ link: port, member: member ?? null })),
    leases: leasesJson(network),
  };
}

export function leasesJson({ name: network, leases }: NetworkTold): readonly object[] {
  return leases.map(({ ip, mac, name, member, expires }) => ({
    network,
    ip,
    mac: mac ?? null,
    name: name ?? null,
    member: member ?? null,
    expires: expires === undefined ? null : new Date(expires).toISOString(),
  }));
}
