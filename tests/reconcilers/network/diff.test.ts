import { describe, expect, it } from 'vitest';

import type { NetworkSpec } from '../../../schema/network.ts';
import { diff } from '../../../reconcilers/network/diff.ts';
import type { DnsmasqSeen, NetworkSeen } from '../../../reconcilers/network/seen.ts';
import { alone, converged, declared, dual, nat, noRules } from './specs.ts';

const internal: NetworkSpec = { ...nat, profile: 'internal' };
const { subnet: _subnet, dhcp_range: _range, ...plain } = { ...internal, dns: false };

const stepsOf = (spec: NetworkSpec | undefined, seen: NetworkSeen | undefined) =>
  diff({ address: 'network.lan', resource: spec && declared(spec), seen, deps: alone });

const seenWith = (changes: Partial<NetworkSeen>, spec = nat): NetworkSeen => ({
  ...converged(spec),
  ...changes,
});

describe('diff of a network', () => {
  it.each([
    { what: 'nat', spec: nat },
    { what: 'internal', spec: internal },
    { what: 'without a subnet', spec: plain },
    { what: 'both families', spec: dual },
    { what: 'nat without a subnet', spec: { ...plain, profile: 'nat' as const } },
  ])('law: a converged network needs nothing ($what)', ({ spec }) => {
    expect(stepsOf(spec, converged(spec))).toEqual([]);
  });

  it.each([
    {
      spec: nat,
      what: 'all of a nat network',
      ids: ['bridge.create', 'address', 'forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'],
    },
    {
      spec: internal,
      what: 'no forwarding',
      ids: ['bridge.create', 'address', 'rules', 'dnsmasq.config', 'dnsmasq.start'],
    },
    { spec: plain, what: 'a bridge and its rules', ids: ['bridge.create', 'rules'] },
  ])('makes $what where nothing is', ({ spec, ids }) => {
    expect(stepsOf(spec, undefined).map(({ id }) => id)).toEqual(ids);
  });

  it.each([
    {
      reason: 'the subnet moves',
      from: nat,
      to: { ...nat, subnet: '192.168.77.2/24' },
      ids: ['address', 'dnsmasq.config'],
    },
    {
      reason: 'nat becomes internal',
      from: nat,
      to: internal,
      ids: ['forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'],
    },
    {
      reason: 'internal becomes nat',
      from: internal,
      to: nat,
      ids: ['forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'],
    },
    { reason: 'it loses its subnet', from: internal, to: plain, ids: ['address', 'dnsmasq.remove'] },
    {
      reason: 'it gets IPv6',
      from: nat,
      to: dual,
      ids: ['address', 'forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'],
    },
    {
      reason: 'it loses IPv6',
      from: dual,
      to: nat,
      ids: ['address', 'forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'],
    },
    {
      reason: 'it is not announced any more',
      from: dual,
      to: { ...dual, ra: false },
      ids: ['dnsmasq.config', 'dnsmasq.start'],
    },
    {
      reason: 'the MTU is raised',
      from: nat,
      to: { ...nat, mtu: 9000 },
      ids: ['bridge.set', 'dnsmasq.config', 'dnsmasq.start'],
    },
    {
      reason: 'the domain changes',
      from: nat,
      to: { ...nat, domain: 'x.test' },
      ids: ['dnsmasq.config', 'dnsmasq.start'],
    },
  ])('follows the NovaFile when $reason', ({ from, to, ids }) => {
    expect(stepsOf(to, converged(from)).map(({ id }) => id)).toEqual(ids);
  });

  it.each([
    {
      reason: 'everything is there',
      seen: converged(nat),
      ids: ['dnsmasq.remove', 'bridge.remove', 'rules.remove', 'remove'],
    },
    {
      reason: 'only dnsmasq is left',
      seen: seenWith({ link: undefined, rules: noRules }),
      ids: ['dnsmasq.remove', 'remove'],
    },
    {
      reason: 'only a half-made link is left',
      seen: { ...converged(plain), link: undefined, unfinished: true, rules: noRules, dnsmasq: nobody() },
      ids: ['unfinished', 'remove'],
    },
  ])('takes away what there is when $reason', ({ seen, ids }) => {
    expect(stepsOf(undefined, seen).map(({ id }) => id)).toEqual(ids);
  });

  it('has nothing to take away where nothing is', () => {
    expect(stepsOf(undefined, undefined)).toEqual([]);
  });
});

function nobody(): DnsmasqSeen {
  return { process: 'none', astray: false, config: undefined, files: {}, folders: false };
}
