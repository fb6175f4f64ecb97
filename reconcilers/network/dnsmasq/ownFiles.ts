import type { NetworkSpec } from '../../../schema/network.ts';
import { gatewayHosts } from './dnsmasqConf.ts';
import { dhcpHost } from './memberRecord.ts';
import { memberFile, type NetworkPaths } from '../paths.ts';

/**
 * Files of a network's own in the folders that its dnsmasq watches, beside those of its members: no identity is called
 * so. `gateway`: the name of the host; `records`: further names; `names`: those of reservations; `reservations`: what
 * DHCP keeps for strangers.
 */
export const ownFiles = ['gateway', 'records', 'names', 'reservations'] as const;

export type OwnFile = (typeof ownFiles)[number];

/** Texts of those that are there. */
export type OwnTexts = Readonly<Partial<Record<OwnFile, string>>>;

export function ownFilePath({ hosts, dhcpHosts }: NetworkPaths, file: OwnFile): string {
  return memberFile(file === 'reservations' ? dhcpHosts : hosts, file);
}

/** What stands in one; empty: it is not there. Each line is made of addresses and names without a blank in them. */
export function ownFileText(file: OwnFile, spec: NetworkSpec): string {
  const { dns, records = {}, reservations = [] } = spec;
  const lines = (of: readonly string[]) => of.map((line) => `${line}\n`).join('');
  switch (file) {
    case 'gateway':
      return gatewayHosts(spec);
    case 'records':
      return dns ? lines(entriesOf(records).flatMap(([name, ips]) => ips.map((ip) => `${ip} ${name}`))) : '';
    case 'names':
      return dns
        ? lines(
            reservations.flatMap(({ name, ip, ip6 }) =>
              [ip, ip6].flatMap((each) =>
                each === undefined || name === undefined ? [] : [`${each} ${name}`],
              ),
            ),
          )
        : '';
    case 'reservations':
      return reservations.map(({ mac, ip, ip6, name }) => dhcpHost(mac, { ip, ip6 }, name)).join('');
  }
}

function entriesOf(records: NonNullable<NetworkSpec['records']>) {
  return Object.entries(records).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
