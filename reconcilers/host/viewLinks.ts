import { NovaError } from '../../schema/errors.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import { type Fields, fields, list, number, parseJson, text } from './toolOutput.ts';
import type { Link } from './view.ts';

const argv = ['ip', '-j', '-d', 'addr'];

/** Every link of a namespace with its addresses. A dump that the kernel says it interrupted is read again. */
export async function readLinks(runner: CommandRunner, namespace: string | undefined): Promise<Link[]> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const ended = await runner.finish({ argv, effect: 'read', namespace });
    if (/dump was interrupted/i.test(ended.stderr)) continue;
    if (ended.code !== 0) throw commandError(argv, ended);
    return parseLinks(ended.stdout);
  }
  throw new NovaError('host.unknown', 'the links of the host changed while they were read, ten times over', {
    hint: 'wait until nothing else changes the network, then run the same command again',
  });
}

/** @param printed by `ip -j -d addr` */
export function parseLinks(printed: string): Link[] {
  return list(parseJson('ip', printed.trim() === '' ? '[]' : printed)).flatMap((entry) => {
    const link = fields(entry);
    const [index, name] = [number(link?.['ifindex']), text(link?.['ifname'])];
    if (link === undefined || index === undefined || name === undefined) return [];
    return [
      {
        index,
        name,
        kind: text(fields(link['linkinfo'])?.['info_kind']),
        alias: text(link['ifalias']),
        up: list(link['flags']).includes('UP'),
        mtu: number(link['mtu']) ?? 0,
        mac: text(link['address']) ?? '',
        master: text(link['master']),
        ...lower(link),
        ...(list(link['flags']).includes('ALLMULTI') ? { allmulti: true as const } : {}),
        hairpin: fields(fields(link['linkinfo'])?.['info_slave_data'])?.['hairpin'] === true,
        addresses: list(link['addr_info']).flatMap((entry) => globalAddress('inet', entry)),
        addresses6: list(link['addr_info']).flatMap((entry) => globalAddress('inet6', entry)),
      },
    ];
  });
}

/** What it lies over, which of a pair (veth) is the other end. */
function lower(link: Fields): Pick<Link, 'over' | 'vlan' | 'stp'> {
  const info = fields(link['linkinfo']);
  const [kind, data] = [text(info?.['info_kind']), fields(info?.['info_data'])];
  const [over, vlan] = [text(link['link']), number(data?.['id'])];
  return {
    ...(over === undefined || !stacked.has(kind ?? '') ? {} : { over }),
    ...(kind !== 'vlan' || vlan === undefined ? {} : { vlan }),
    ...(kind === 'bridge' && data?.['stp_state'] !== undefined && data['stp_state'] !== 0
      ? { stp: true }
      : {}),
  };
}

const stacked: ReadonlySet<string> = new Set(['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap']);

/** Of the IPv6 ones without those that come and go with what a router announces. */
function globalAddress(family: 'inet' | 'inet6', entry: unknown): { ip: string; prefix: number }[] {
  const address = fields(entry);
  if (address?.['family'] !== family || address['scope'] !== 'global') return [];
  if (family === 'inet6' && address['dynamic'] === true) return [];
  const [ip, prefix] = [text(address['local']), number(address['prefixlen'])];
  return ip === undefined || prefix === undefined ? [] : [{ ip, prefix }];
}
