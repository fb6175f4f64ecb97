import type { Address } from '../../../schema/manifest.ts';
import type { Dependencies } from '../../reconciler.ts';

/** Addresses of one member on one network; of the two families those that the network has. */
export interface MemberAddresses {
  readonly ip: string | undefined;
  readonly ip6: string | undefined;
}

/** Those that were dealt out to it. @param network its name; default: the one that is its `network` */
export function memberAddresses(
  address: Address,
  deps: Pick<Dependencies, 'ip' | 'ip6'>,
  network?: string,
): MemberAddresses {
  return { ip: deps.ip(address, network), ip6: deps.ip6?.(address, network) };
}

/** hosts(5) of a member, which answers its name with and without the domain: a line for each address. */
export function memberRecord(name: string, domain: string, { ip, ip6 }: MemberAddresses): string {
  return [ip, ip6].map((each) => (each === undefined ? '' : `${each} ${name} ${name}.${domain}\n`)).join('');
}

/** Pure: what {@link memberRecord} was written for. */
export function recordedAddresses(text: string | undefined): MemberAddresses {
  const all = (text ?? '').split('\n').map((line) => line.split(' ')[0] ?? '');
  return { ip: all.find((ip) => ip.includes('.')), ip6: all.find((ip) => ip.includes(':')) };
}

/** dhcp-host of dnsmasq(8): what is kept for a MAC address, with the name that goes with it. */
export function dhcpHost(mac: string, { ip, ip6 }: MemberAddresses, name: string | undefined): string {
  const parts = [mac, ip, ip6 === undefined ? undefined : `[${ip6}]`, name];
  return `${parts.filter((part) => part !== undefined).join(',')}\n`;
}

/** Pure: what {@link dhcpHost} was written for. */
export function reservedAddresses(text: string | undefined): MemberAddresses {
  const parts = (text ?? '').trim().split(',').slice(1);
  return {
    ip: parts.find((part) => /^[0-9.]+$/.test(part) && part.includes('.')),
    ip6: parts.find((part) => /^\[.*\]$/.test(part))?.slice(1, -1),
  };
}
