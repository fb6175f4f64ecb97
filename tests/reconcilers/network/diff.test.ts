import { describe, expect, it } from 'vitest';

import type { NetworkSpec } from '../../../schema/network.ts';
import { diff } from '../../../reconcilers/network/diff.ts';
import type { BridgeSeen, DnsmasqSeen, NetworkSeen } from '../../../reconcilers/network/seen.ts';
import { converged, declared, lan, nat } from './specs.ts';

const internal: NetworkSpec = { ...nat, profile: 'internal' };
const { subnet: _subnet, dhcp_range: _range, ...plain } = { ...internal, dns: false };

const stepsOf = (spec: NetworkSpec | undefined, seen: NetworkSeen | undefined) =>
  diff({ address: 'network.lan', resource: spec && declared(spec), seen });

const seenWith = (changes: Partial<NetworkSeen>, spec = nat): NetworkSeen => ({ ...converged(spec), ...changes });
const bridge = (changes: Partial<BridgeSeen>): NetworkSeen => {
  const { link, ...seen } = converged(nat);
  if (link === undefined) throw new Error('no link');
  return { ...seen, link: { ...link, ...changes } };
};
const served = (changes: Partial<DnsmasqSeen>): NetworkSeen =>
  seenWith({ dnsmasq: { ...converged(nat).dnsmasq, ...changes } });
const noRules = { scaffold: false, misplaced: [], rules: [] };
const oneRule = { ...converged(nat).rules, rules: converged(nat).rules.rules.slice(1) };
const config = converged(nat).dnsmasq.config ?? '';

describe('diff of a network', () => {
  it.each([
    { what: 'nat', spec: nat },
    { what: 'internal', spec: internal },
    { what: 'without a subnet', spec: plain },
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
    { spec: internal, what: 'no forwarding', ids: ['bridge.create', 'address', 'rules', 'dnsmasq.config', 'dnsmasq.start'] },
    { spec: plain, what: 'a bridge and its rules', ids: ['bridge.create', 'rules'] },
  ])('makes $what where nothing is', ({ spec, ids }) => {
    expect(stepsOf(spec, undefined).map(({ id }) => id)).toEqual(ids);
  });

  it.each([
    {
      reason: 'the bridge was deleted',
      seen: seenWith({ link: undefined }),
      steps: [
        { id: 'bridge.create', class: 'missing', changes: [{ path: 'bridge', before: undefined, after: 'lan' }] },
        { id: 'address', class: 'missing', changes: [{ path: 'subnet', before: undefined, after: nat.subnet }] },
      ],
    },
    {
      reason: 'the bridge is down',
      seen: bridge({ up: false }),
      steps: [{ id: 'bridge.set', class: 'stopped', changes: [{ path: 'link', before: 'down', after: 'up' }] }],
    },
    {
      reason: 'the bridge still has its temporary name',
      seen: bridge({ name: lan.temporary }),
      steps: [{ id: 'bridge.set', class: 'changed', changes: [{ path: 'bridge', before: lan.temporary, after: 'lan' }] }],
    },
    {
      reason: 'the MTU was changed',
      seen: bridge({ mtu: 1400 }),
      steps: [{ id: 'bridge.set', class: 'changed', changes: [{ path: 'mtu', before: 1400, after: 1500 }] }],
    },
    {
      reason: 'the address was removed',
      seen: bridge({ addresses: [] }),
      steps: [{ id: 'address', class: 'missing', changes: [{ path: 'subnet', before: undefined, after: nat.subnet }] }],
    },
    {
      reason: 'an address was added',
      seen: bridge({ addresses: ['192.168.77.1/24', '10.0.0.1/8'] }),
      steps: [
        {
          id: 'address',
          class: 'changed',
          changes: [{ path: 'subnet', before: '192.168.77.1/24, 10.0.0.1/8', after: nat.subnet }],
        },
      ],
    },
    {
      reason: 'ip_forward is off',
      seen: seenWith({ forwarding: '0' }),
      steps: [{ id: 'forwarding', class: 'changed', changes: [{ path: 'ip_forward', before: '0', after: '1' }] }],
    },
    {
      reason: 'the ruleset was flushed',
      seen: seenWith({ rules: noRules }),
      steps: [
        { id: 'forwarding', class: 'missing', changes: [] },
        { id: 'rules', class: 'missing', changes: [{ path: 'rules', before: '0 of 4', after: '4 of 4' }] },
      ],
    },
    {
      reason: 'a rule was removed',
      seen: seenWith({ rules: oneRule }),
      steps: [{ id: 'rules', class: 'changed', changes: [{ path: 'rules', before: '3 of 4', after: '4 of 4' }] }],
    },
    {
      reason: 'dnsmasq was killed',
      seen: served({ process: 'none' }),
      steps: [
        { id: 'dnsmasq.start', class: 'stopped', changes: [{ path: 'dnsmasq', before: 'not running', after: 'running' }] },
      ],
    },
    {
      reason: 'dnsmasq was stopped by a signal',
      seen: served({ process: 'stopped' }),
      steps: [{ id: 'dnsmasq.start', class: 'stopped', changes: [{ path: 'dnsmasq', before: 'stopped', after: 'running' }] }],
    },
    {
      reason: 'a second dnsmasq runs elsewhere',
      seen: served({ astray: true }),
      steps: [
        { id: 'dnsmasq.start', class: 'changed', changes: [{ path: 'dnsmasq', before: 'running twice', after: 'running' }] },
      ],
    },
    {
      reason: 'its configuration was edited where the NovaFile has a word for it',
      seen: served({ config: config.replace('dhcp-range=192.168.77.50', 'dhcp-range=192.168.77.60') }),
      steps: [
        {
          id: 'dnsmasq.config',
          class: 'changed',
          changes: [{ path: 'dhcp_range', before: '192.168.77.60-192.168.77.150', after: nat.dhcp_range }],
        },
        { id: 'dnsmasq.start', class: 'changed', changes: [] },
      ],
    },
    {
      reason: 'its configuration was edited elsewhere',
      seen: served({ config: `${config}log-queries\n` }),
      steps: [
        { id: 'dnsmasq.config', class: 'changed', changes: [{ path: 'dnsmasq', before: 'edited', after: 'as configured' }] },
        { id: 'dnsmasq.start', class: 'changed', changes: [] },
      ],
    },
    {
      reason: 'the file with the name of the gateway is gone, which takes no restart',
      seen: served({ gateway: undefined }),
      steps: [
        {
          id: 'dnsmasq.config',
          class: 'changed',
          changes: [{ path: 'gateway', before: undefined, after: '192.168.77.1 _gateway.lan.internal' }],
        },
      ],
    },
    {
      reason: 'a link was left half-made',
      seen: seenWith({ unfinished: true }),
      steps: [{ id: 'unfinished', class: 'unmanaged', changes: [] }],
    },
    {
      reason: 'its folder does not say whose it is',
      seen: seenWith({ owned: false }),
      steps: [{ id: 'owner', class: 'missing', changes: [] }],
    },
  ])('repairs it, live, when $reason', ({ seen, steps }) => {
    const found = stepsOf(nat, seen);
    expect(found).toMatchObject(steps);
    expect(found).toHaveLength(steps.length);
    expect(found.every(({ effect, reason }) => effect === 'live' && reason !== '')).toBe(true);
  });

  it.each([
    { reason: 'the subnet moves', from: nat, to: { ...nat, subnet: '192.168.77.2/24' }, ids: ['address', 'dnsmasq.config'] },
    { reason: 'nat becomes internal', from: nat, to: internal, ids: ['forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'] },
    { reason: 'internal becomes nat', from: internal, to: nat, ids: ['forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'] },
    { reason: 'it loses its subnet', from: internal, to: plain, ids: ['address', 'dnsmasq.remove'] },
    { reason: 'the MTU is raised', from: nat, to: { ...nat, mtu: 9000 }, ids: ['bridge.set'] },
    { reason: 'the domain changes', from: nat, to: { ...nat, domain: 'x.test' }, ids: ['dnsmasq.config', 'dnsmasq.start'] },
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
  return { process: 'none', astray: false, config: undefined, gateway: undefined, folders: false };
}
