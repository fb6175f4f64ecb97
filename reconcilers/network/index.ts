import { formatIp, parseSubnet } from '../../schema/cidr.ts';
import { formatIp6, parseSubnet6 } from '../../schema/cidr6.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { Reconciler } from '../reconciler.ts';
import type { Unbuilt } from '../unbuilt.ts';
import { converge } from './converge.ts';
import { diff, forget, type NetworkStep } from './diff.ts';
import { needsDnsmasq } from './dnsmasq/dnsmasqConf.ts';
import { marks } from './findStrays.ts';
import { isMacvlan } from './macvlan.ts';
import { keepsIn } from './rules/networkRules.ts';
import { observe } from './observe.ts';
import { ready } from './ready.ts';
import type { NetworkSeen } from './seen.ts';

/**
 * Networks: a bridge with an address, packet filter rules, and a dnsmasq that gives names and leases; or a link of the host
 * that members share.
 */
export const network: Reconciler<'network', NetworkSeen, NetworkStep> = {
  kind: 'network',
  uses: [],
  width: 128,
  requires: (spec) => ['ip', 'nft', 'nsenter', 'net-admin', ...(needsDnsmasq(spec) ? ['dnsmasq'] : [])],
  unbuilt,
  marks,
  observe,
  diff,
  forget,
  converge,
  ready,
  outputs: ({ spec }, seen) => {
    const [subnet, subnet6] = [parseSubnet(spec.subnet ?? ''), parseSubnet6(spec.subnet6 ?? '')];
    return {
      ...(spec.subnet === undefined || subnet === undefined
        ? {}
        : { subnet: spec.subnet, gateway: formatIp(subnet.gateway) }),
      ...(spec.subnet6 === undefined || subnet6 === undefined
        ? {}
        : { subnet6: spec.subnet6, gateway6: formatIp6(subnet6.gateway) }),
      ...(seen === undefined || isMacvlan(spec) ? {} : { bridge: seen.place.bridge }),
    };
  },
  outputNames: ['subnet', 'gateway', 'subnet6', 'gateway6', 'bridge'],
  describe,
};

/** What a network of a type that is not built would have as well is left out. */
function unbuilt(spec: NetworkSpec): readonly Unbuilt[] {
  if (spec.type === 'overlay')
    return [
      { path: 'driver', on: 'value', what: `overlays with the driver ${spec.driver} are not built yet` },
    ];
  return [];
}

function describe({ link, rules, uplinks, macvlan }: NetworkSeen): {
  readonly state: string;
  readonly details: string;
} {
  if (macvlan?.noted !== undefined && link === undefined)
    return { state: macvlan.up === false ? 'down' : 'up', details: `macvlan on ${macvlan.noted}` };
  const all = link === undefined ? [] : [...link.addresses, ...link.addresses6, ...(uplinks?.hosts ?? [])];
  const addresses = all.length === 0 ? 'no address' : all.join(', ');
  const ruled = rules.rules.length === 0 ? 'no rules' : rules.rules.some(keepsIn) ? 'internal' : 'nat';
  const profile = uplinks === undefined ? ruled : 'external';
  const ports = link?.ports.length ?? 0;
  return {
    state: link?.up === true ? 'up' : 'down',
    details: `${addresses} ${profile}, ${ports} ${ports === 1 ? 'port' : 'ports'}`,
  };
}
