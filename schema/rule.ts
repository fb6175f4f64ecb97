import { formatIp, parseIp, parseSubnet } from './cidr.ts';
import { parseAddress } from './kinds.ts';
import type { Address } from './manifest.ts';
import { quote } from './problem.ts';
import { meaning, parsePort, text, type Refuse } from './values.ts';

/** Who may open connections to whom; without a port, to all of it. */
export interface AllowRule {
  readonly from: Party;
  readonly to: Party;
  readonly port?: number;
  readonly protocol: Protocol;
}

export type Protocol = 'tcp' | 'udp';

/** `any` is everybody, `host` this host. */
export type Party =
  | { readonly type: 'resource'; readonly address: Address }
  | { readonly type: 'subnet'; readonly subnet: string }
  | { readonly type: 'any' | 'host' };

const example = 'for example "container.api -> vm.db:5432"';

/** `container.api -> vm.db:5432`, `network.lan -> host:53/udp`, `192.168.1.0/24 -> vm.db`, `any -> vm.web:443`. */
export const allowRule = meaning(
  text,
  (value, refuse): AllowRule => {
    const [from = '', to = '', ...rest] = value.split('->').map((part) => part.trim());
    if (from === '' || to === '' || rest.length > 0)
      return refuse('must be who, an arrow and to whom', example);
    const { party, port, protocol } = target(to, refuse);
    return { from: partyOf(from, refuse), to: party, ...(port === undefined ? {} : { port }), protocol };
  },
  { name: 'rule', pattern: '^[^>]+->[^>]+$' },
);

function target(
  written: string,
  refuse: Refuse,
): { readonly party: Party; readonly port: number | undefined; readonly protocol: Protocol } {
  const [, who = '', port, protocol = 'tcp'] = /^(.+?)(?::([0-9]+)(?:\/([a-z]+))?)?$/.exec(written) ?? [];
  if (protocol !== 'tcp' && protocol !== 'udp')
    return refuse(`ends in ${quote(protocol)}, which is neither tcp nor udp`, example);
  const number = parsePort(port);
  if (port !== undefined && number === undefined)
    return refuse(`has ${quote(port)}, which is no port from 1 to 65535`, example);
  return { party: partyOf(who, refuse), port: number, protocol };
}

function partyOf(written: string, refuse: Refuse): Party {
  if (written === 'any' || written === 'host') return { type: written };
  const address = parseAddress(written);
  const kind = address?.slice(0, address.indexOf('.'));
  if (address !== undefined && (kind === 'container' || kind === 'vm' || kind === 'network'))
    return { type: 'resource', address };
  const subnet = parseSubnet(written.includes('/') ? written : `${written}/32`);
  if (subnet !== undefined) return { type: 'subnet', subnet: written };
  return refuse(
    `names ${quote(written)}, which is neither a container, a machine, a network nor addresses`,
    'write container.NAME, vm.NAME, network.NAME, 192.168.1.0/24, host or any',
  );
}

/** A port of the host that leads to somebody on the network. */
export interface Forward {
  /** Only on this address of the host; absent: on all. */
  readonly address?: string;
  readonly host: number;
  /** Address of a container or a machine, or an IPv4 address. */
  readonly to: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** `8080 -> vm.web:80`, `127.0.0.1:2222 -> vm.db:22`, `53 -> 192.168.77.9:53/udp`. */
export const forward = meaning(
  text,
  (value, refuse): Forward => {
    const hint = 'for example "8080 -> vm.web:80" (the host\'s port first) or "53 -> container.dns:53/udp"';
    const form = /^(?:([0-9.]+):)?([0-9]+)\s*->\s*([^\s:]+):([0-9]+)(?:\/([a-z]+))?$/;
    const [whole, address, from, to = '', into, protocol = 'tcp'] = form.exec(value.trim()) ?? [];
    if (whole === undefined)
      return refuse("must be the host's port, an arrow, and to whom and which port it leads", hint);
    if (protocol !== 'tcp' && protocol !== 'udp')
      return refuse(`ends in ${quote(protocol)}, which is neither tcp nor udp`, hint);
    const [host, port] = [parsePort(from), parsePort(into)];
    if (host === undefined || port === undefined) {
      const wrong = host === undefined ? from : into;
      return refuse(`has ${quote(wrong ?? '')}, which is no port from 1 to 65535`, hint);
    }
    const ip = address === undefined ? 0 : parseIp(address);
    if (ip === undefined) return refuse(`has ${quote(address ?? '')}, which is no IPv4 address`, hint);
    return {
      ...(ip === 0 ? {} : { address: formatIp(ip) }),
      host,
      to: memberOf(to, refuse, hint),
      port,
      protocol,
    };
  },
  { name: 'forward', pattern: '^\\s*([0-9.]+:)?[0-9]+\\s*->\\s*[^\\s:]+:[0-9]+(/[a-z]+)?\\s*$' },
);

function memberOf(written: string, refuse: Refuse, hint: string): string {
  const address = parseAddress(written);
  if (address !== undefined && /^(?:container|vm)\./.test(address)) return address;
  const ip = parseIp(written);
  return ip === undefined
    ? refuse(`leads to ${quote(written)}, which is neither a container, a machine nor an IPv4 address`, hint)
    : formatIp(ip);
}

/** As the NovaFile writes it. */
export function formatForward({ address, host, to, port, protocol }: Forward): string {
  return `${address === undefined ? '' : `${address}:`}${host} -> ${to}:${port}/${protocol}`;
}

/** As the NovaFile writes it. */
export function formatRule({ from, to, port, protocol }: AllowRule): string {
  return `${formatParty(from)} -> ${formatParty(to)}${port === undefined ? '' : `:${port}/${protocol}`}`;
}

function formatParty(party: Party): string {
  if (party.type === 'resource') return party.address;
  return party.type === 'subnet' ? party.subnet : party.type;
}
