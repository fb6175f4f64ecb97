import { parseSubnet } from '../../schema/cidr.ts';
import { parseSubnet6 } from '../../schema/cidr6.ts';
import type { ContainerSpec } from '../../schema/container.ts';
import type { Resource } from '../../schema/manifest.ts';
import { linkName } from '../identity.ts';
import { attachmentIdentity } from '../network/attachments.ts';
import { isMacvlan } from '../network/macvlan.ts';
import { memberAddresses } from '../network/dnsmasq/memberRecord.ts';
import { bridgeName } from '../network/names.ts';
import { originOf } from '../past.ts';
import type { Dependencies } from '../reconciler.ts';
import type { Unbuilt } from '../unbuilt.ts';
import type { Given } from './given.ts';
import type { Place } from './seen.ts';

/** How a capsule is connected to a further network: by its first alone it reaches what is beyond. */
export interface DesiredNic {
  /** Name of the network. */
  readonly network: string;
  /** What the names of its link, and its MAC address, are made from. */
  readonly identity: string;
  /** Name of its end on the host. */
  readonly link: string;
  /** Name of its end in the capsule: that of the network, so that it stays whichever others come and go. */
  readonly name: string;
  readonly bridge: string;
  /** What the bridge was called and is called. */
  readonly bridges: readonly string[];
  /** bytes */
  readonly mtu: number;
  readonly address: Given | undefined;
  readonly address6: Given | undefined;
}

/** Pure: a link for each of `nics`, in their order. */
export function desiredNics(
  place: Place,
  resource: Resource<'container'>,
  deps: Dependencies,
): readonly DesiredNic[] {
  const { scope, project } = place;
  return (resource.spec.nics ?? []).flatMap(({ network }): readonly DesiredNic[] => {
    const spec = deps.spec('network', network);
    if (spec === undefined || isMacvlan(spec)) return [];
    const identity = attachmentIdentity(place, resource, network);
    const { ip, ip6 } = memberAddresses(resource.address, deps, network);
    const [subnet, subnet6] = [parseSubnet(spec.subnet ?? ''), parseSubnet6(spec.subnet6 ?? '')];
    return [
      {
        ...{ network, identity, link: linkName(identity), mtu: spec.mtu },
        name: bridgeName(scope, project, originOf(scope, `network.${network}`).slice('network.'.length)),
        bridge: bridgeName(scope, project, network),
        bridges: deps.bridges?.(network) ?? [],
        address: given(ip, subnet?.prefix),
        address6: given(ip6, subnet6?.prefix),
      },
    ];
  });
}

function given(ip: string | undefined, prefix: number | undefined): Given | undefined {
  return ip === undefined || prefix === undefined ? undefined : { ip, prefix, gateway: undefined };
}

/** What of `nics` is not built yet, each by its name. */
export function unbuiltNics(
  { nics = [] }: Pick<ContainerSpec, 'nics'>,
  deps?: Pick<Dependencies, 'spec'>,
): readonly Unbuilt[] {
  return nics.flatMap(({ network, mac }): readonly Unbuilt[] => {
    const shared = deps?.spec('network', network)?.type === 'macvlan';
    return [
      ...(mac === undefined ? [] : [{ path: 'nics.mac', what: '`nics[].mac` is not built yet' }]),
      ...(shared
        ? [
            {
              path: 'nics',
              on: 'value' as const,
              what: `a further network that is a macvlan is not built yet, and network.${network} is one`,
            },
          ]
        : []),
    ];
  });
}
