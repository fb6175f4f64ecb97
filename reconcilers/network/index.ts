import { formatIp, parseSubnet } from '../../schema/cidr.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { Reconciler } from '../reconciler.ts';
import { converge } from './converge.ts';
import { diff, type NetworkStep } from './diff.ts';
import { needsDnsmasq } from './dnsmasqConf.ts';
import { isMasquerade } from './networkRules.ts';
import { observe } from './observe.ts';
import { ready } from './ready.ts';
import type { NetworkSeen } from './seen.ts';

/** Networks: a bridge with an address, packet filter rules, and a dnsmasq that gives names and leases. */
export const network: Reconciler<'network', NetworkSeen, NetworkStep> = {
  kind: 'network',
  uses: [],
  requires: (spec) => ['ip', 'nft', 'nsenter', 'net-admin', ...(needsDnsmasq(spec) ? ['dnsmasq'] : [])],
  unbuilt,
  observe,
  diff,
  converge,
  ready,
  outputs: ({ spec }, seen) => {
    const subnet = parseSubnet(spec.subnet ?? '');
    return {
      ...(spec.subnet === undefined || subnet === undefined
        ? {}
        : { subnet: spec.subnet, gateway: formatIp(subnet.gateway) }),
      ...(seen === undefined ? {} : { bridge: seen.place.bridge }),
    };
  },
  outputNames: ['subnet', 'gateway', 'bridge'],
  describe,
};

function unbuilt(spec: NetworkSpec): readonly { readonly path: string; readonly what: string }[] {
  return [
    ...(spec.type === 'bridge'
      ? []
      : [{ path: 'type', what: `networks of type ${spec.type} are not built yet` }]),
    ...(spec.profile === 'external'
      ? [{ path: 'profile', what: 'networks with profile external are not built yet' }]
      : []),
  ];
}

function describe({ link, rules }: NetworkSeen): { readonly state: string; readonly details: string } {
  const addresses =
    link === undefined || link.addresses.length === 0 ? 'no address' : link.addresses.join(', ');
  const profile = rules.rules.some(isMasquerade) ? 'nat' : rules.rules.length > 0 ? 'internal' : 'no rules';
  const ports = link?.ports.length ?? 0;
  return {
    state: link?.up === true ? 'up' : 'down',
    details: `${addresses} ${profile}, ${ports} ${ports === 1 ? 'port' : 'ports'}`,
  };
}
