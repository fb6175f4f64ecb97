import type { HostView } from '../../host/view.ts';
import type { Place } from '../place.ts';

/** An address that the DHCP server of a network has lent. */
export interface Lease {
  readonly ip: string;
  /** Undefined for DHCPv6, which knows who asks by something else. */
  readonly mac: string | undefined;
  /** As whoever asked calls itself. */
  readonly name: string | undefined;
  /** ms since the epoch; undefined: never. */
  readonly expires: number | undefined;
}

/** What is lent on a network now. */
export async function readLeases(
  view: HostView,
  { paths }: Pick<Place, 'paths'>,
  now: number,
): Promise<readonly Lease[]> {
  const leases = parseLeases((await view.read(paths.leases)) ?? '');
  return leases.filter(({ expires }) => expires === undefined || expires > now);
}

/**
 * The file in which dnsmasq keeps leases (its lease.c): a line `EXPIRY MAC ADDRESS NAME CLIENT-ID` each, `*` for what is not
 * known, 0 for no expiry; after a line that begins with `duid`, those of DHCPv6, with a number of the client's where the MAC
 * address was.
 */
export function parseLeases(text: string): readonly Lease[] {
  return text.split('\n').flatMap((line) => {
    const [expiry = '', hardware = '', ip, name = '*'] = line.split(' ');
    if (ip === undefined || !/^\d+$/.test(expiry)) return [];
    const mac = /(?:^|-)((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/i.exec(hardware)?.[1];
    return [
      {
        ip,
        mac: mac?.toLowerCase(),
        name: name === '*' ? undefined : name,
        expires: expiry === '0' ? undefined : Number(expiry) * 1000,
      },
    ];
  });
}
