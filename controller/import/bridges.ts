import { formatIp, parseSubnet } from '../../schema/cidr.ts';
import { subnet6 } from '../../schema/networkValues.ts';
import type { Link } from '../../reconcilers/host/view.ts';
import type { Found } from './found.ts';

/** Bridges that are not Nova's, each as a network to which Nova adds nothing but its mark. */
export function bridgesIn(links: readonly Link[]): readonly Found[] {
  return links
    .filter(({ kind, alias }) => kind === 'bridge' && alias?.startsWith('nova:') !== true)
    .map((bridge) => {
      const ports = links.filter(({ master }) => master === bridge.name).map(({ name }) => name);
      const addresses = bridge.addresses.map(({ ip, prefix }) => `${ip}/${prefix}`);
      const [address] = addresses.filter(isSubnet);
      const addresses6 = bridge.addresses6.map(({ ip, prefix }) => `${ip}/${prefix}`);
      const [address6] = addresses6.filter(isSubnet6);
      const why = whyNotAdoptable(bridge, addresses, addresses6);
      return {
        kind: 'network',
        adoptable: why === undefined,
        calledThere: bridge.name,
        table: {
          type: 'bridge',
          ...(why === undefined ? { profile: 'external' } : { profile: 'internal' }),
          ...(address === undefined ? {} : { subnet: address }),
          ...(bridge.mtu === 1500 ? {} : { mtu: bridge.mtu }),
          ...(address6 === undefined ? {} : { subnet6: address6, ra: false }),
          ...((address ?? address6) === undefined ? {} : { dns: false }),
        },
        notes: [
          ...(why === undefined
            ? [
                "Taken over like this it stays as it is, and so do other rules about it. Other profiles, dns and dhcp_range are Nova's to add.",
              ]
            : [`Nova cannot take it over as it is: ${why}.`]),
          ...(ports.length === 0 || why !== undefined
            ? []
            : [`What is on it stays on it: ${ports.join(', ')}.`]),
        ],
      };
    });
}

/** What a network cannot say would be taken from it. */
function whyNotAdoptable(
  { name, up }: Link,
  addresses: readonly string[],
  addresses6: readonly string[],
): string | undefined {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(name))
    return 'its name cannot be that of a network';
  if (!up) return `it is down (ip link set dev ${name} up)`;
  if (addresses.length > 1) return `it has several addresses, and a network has one: ${addresses.join(', ')}`;
  if (addresses6.length > 1)
    return `it has several IPv6 addresses, and a network has one: ${addresses6.join(', ')}`;
  const wrong =
    addresses.find((address) => !isSubnet(address)) ?? addresses6.find((address) => !isSubnet6(address));
  return wrong === undefined ? undefined : `${wrong} cannot be the address of a network`;
}

function isSubnet6(text: string): boolean {
  return subnet6.safeParse(text).success;
}

/** A host's address in a network that has room for others. */
function isSubnet(text: string): boolean {
  const subnet = parseSubnet(text);
  return (
    subnet !== undefined &&
    subnet.prefix >= 8 &&
    subnet.prefix <= 30 &&
    formatIp(subnet.gateway) !== formatIp(subnet.network)
  );
}
