import { formatIp, parseSubnet } from '../../../schema/cidr.ts';
import { formatIp6, parseSubnet6 } from '../../../schema/cidr6.ts';
import type { NetworkSpec } from '../../../schema/network.ts';

/** The host's own addresses in a network, IPv4 first: where its DNS server listens. */
export function hostAddresses({
  subnet,
  subnet6,
}: Pick<NetworkSpec, 'subnet' | 'subnet6'>): readonly string[] {
  const [four, six] = [parseSubnet(subnet ?? ''), parseSubnet6(subnet6 ?? '')];
  return [
    ...(four === undefined ? [] : [formatIp(four.gateway)]),
    ...(six === undefined ? [] : [formatIp6(six.gateway)]),
  ];
}

/** Who answers for names on a network; undefined: nobody. */
export function nameServer(
  spec: Pick<NetworkSpec, 'subnet' | 'subnet6' | 'dns' | 'domain'>,
): { readonly address: string; readonly domain: string } | undefined {
  const [address] = hostAddresses(spec);
  return address === undefined || !spec.dns ? undefined : { address, domain: spec.domain };
}

/** Whether members have this host as their router: what is not let through is dropped here. */
export function isRouted({ profile, allow }: NetworkSpec): boolean {
  return profile === 'nat' || (profile === 'internal' && allow !== undefined);
}

/**
 * Whom members send to what lies elsewhere: the router that the NovaFile names, else the host; undefined: nobody, as they
 * stay among themselves.
 */
export function waysOut(spec: NetworkSpec): {
  readonly way: string | undefined;
  readonly way6: string | undefined;
} {
  // The address in the subnet of a macvlan is its router's, and not the host's.
  const leads = isRouted(spec) || spec.type === 'macvlan';
  const four = leads ? parseSubnet(spec.subnet ?? '') : undefined;
  const six = leads ? parseSubnet6(spec.subnet6 ?? '') : undefined;
  return { way: spec.gateway ?? (four && formatIp(four.gateway)), way6: six && formatIp6(six.gateway) };
}
