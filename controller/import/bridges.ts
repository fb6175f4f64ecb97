import { formatIp, parseSubnet } from '../../schema/cidr.ts';
import type { Link } from '../../reconcilers/host/view.ts';
import type { Found } from './found.ts';

/** Bridges that are not Nova's. */
export function bridgesIn(links: readonly Link[]): readonly Found[] {
  return links
    .filter(({ kind, alias }) => kind === 'bridge' && alias?.startsWith('nova:') !== true)
    .map((bridge) => {
      const ports = links.filter(({ master }) => master === bridge.name);
      const physical = ports.filter(({ kind }) => kind === undefined).map(({ name }) => name);
      const others = ports.filter(({ kind }) => kind !== undefined).map(({ name }) => name);
      const [address, ...more] = bridge.addresses.map(({ ip, prefix }) => `${ip}/${prefix}`).filter(isSubnet);
      return {
        kind: 'network',
        adoptable: true,
        calledThere: bridge.name,
        table: {
          type: 'bridge',
          ...(physical.length > 0 ? { interfaces: physical } : { profile: 'internal' }),
          ...(address === undefined ? {} : { subnet: address }),
          ...(bridge.mtu === 1500 ? {} : { mtu: bridge.mtu }),
          ...(address === undefined ? {} : { dns: false }),
        },
        notes: [
          ...(physical.length > 0 || address === undefined
            ? []
            : [
                'Members of an internal network reach each other and the host alone; say profile = "nat" where they need the world.',
              ]),
          ...(more.length === 0 ? [] : [`Its further addresses are left out: ${more.join(', ')}.`]),
          ...(others.length === 0 ? [] : [`What else is on it is left out: ${others.join(', ')}.`]),
        ],
      };
    });
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
