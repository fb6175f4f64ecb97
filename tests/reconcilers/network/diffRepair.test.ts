import { describe, expect, it } from 'vitest';

import { diff } from '../../../reconcilers/network/diff.ts';
import type { BridgeSeen, DnsmasqSeen, NetworkSeen } from '../../../reconcilers/network/seen.ts';
import { alone, converged, declared, lan, nat, noRules } from './specs.ts';

const seenWith = (changes: Partial<NetworkSeen>): NetworkSeen => ({ ...converged(nat), ...changes });
const bridge = (changes: Partial<BridgeSeen>): NetworkSeen => {
  const { link, ...seen } = converged(nat);
  if (link === undefined) throw new Error('no link');
  return { ...seen, link: { ...link, ...changes } };
};
const served = (changes: Partial<DnsmasqSeen>): NetworkSeen =>
  seenWith({ dnsmasq: { ...converged(nat).dnsmasq, ...changes } });
const oneRule = { ...converged(nat).rules, rules: converged(nat).rules.rules.slice(1) };
const config = converged(nat).dnsmasq.config ?? '';

describe('diff of a network that was changed by hand', () => {
  it.each([
    {
      reason: 'the bridge was deleted',
      seen: seenWith({ link: undefined }),
      steps: [
        {
          id: 'bridge.create',
          class: 'missing',
          changes: [{ path: 'bridge', before: undefined, after: 'lan' }],
        },
        {
          id: 'address',
          class: 'missing',
          changes: [{ path: 'subnet', before: undefined, after: nat.subnet }],
        },
      ],
    },
    {
      reason: 'the bridge is down',
      seen: bridge({ up: false }),
      steps: [
        { id: 'bridge.set', class: 'stopped', changes: [{ path: 'link', before: 'down', after: 'up' }] },
      ],
    },
    {
      reason: 'the bridge still has its temporary name',
      seen: bridge({ name: lan.temporary }),
      steps: [
        {
          id: 'bridge.set',
          class: 'changed',
          changes: [{ path: 'bridge', before: lan.temporary, after: 'lan' }],
        },
      ],
    },
    {
      reason: 'the MTU was changed',
      seen: bridge({ mtu: 1400 }),
      steps: [{ id: 'bridge.set', class: 'changed', changes: [{ path: 'mtu', before: 1400, after: 1500 }] }],
    },
    {
      reason: 'the route to its subnet was removed',
      seen: seenWith({ unrouted: ['192.168.77.1/24'] }),
      steps: [
        { id: 'route', class: 'changed', changes: [{ path: 'route', before: 'gone', after: 'by lan' }] },
      ],
    },
    {
      reason: 'the route went with the address, and comes back with it',
      seen: { ...bridge({ addresses: [] }), unrouted: ['192.168.77.1/24'] },
      steps: [
        {
          id: 'address',
          class: 'changed',
          changes: [{ path: 'subnet', before: undefined, after: nat.subnet }],
        },
      ],
    },
    {
      reason: 'dnsmasq has lost the file of its leases',
      seen: served({ forgets: true }),
      steps: [
        {
          id: 'dnsmasq.start',
          class: 'changed',
          changes: [{ path: 'leases', before: 'gone', after: 'there' }],
        },
      ],
    },
    {
      reason: 'the address was removed',
      seen: bridge({ addresses: [] }),
      steps: [
        {
          id: 'address',
          class: 'changed',
          changes: [{ path: 'subnet', before: undefined, after: nat.subnet }],
        },
      ],
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
      steps: [
        { id: 'forwarding', class: 'changed', changes: [{ path: 'ip_forward', before: '0', after: '1' }] },
      ],
    },
    {
      reason: 'the ruleset was flushed',
      seen: seenWith({ rules: noRules }),
      steps: [
        { id: 'forwarding', class: 'changed', changes: [] },
        { id: 'rules', class: 'changed', changes: [{ path: 'rules', before: '0 of 5', after: '5 of 5' }] },
      ],
    },
    {
      reason: 'a rule was removed',
      seen: seenWith({ rules: oneRule }),
      steps: [
        { id: 'rules', class: 'changed', changes: [{ path: 'rules', before: '4 of 5', after: '5 of 5' }] },
      ],
    },
    {
      reason: 'dnsmasq was killed',
      seen: served({ process: 'none' }),
      steps: [
        {
          id: 'dnsmasq.start',
          class: 'stopped',
          changes: [{ path: 'dnsmasq', before: 'not running', after: 'running' }],
        },
      ],
    },
    {
      reason: 'dnsmasq was stopped by a signal',
      seen: served({ process: 'stopped' }),
      steps: [
        {
          id: 'dnsmasq.start',
          class: 'stopped',
          changes: [{ path: 'dnsmasq', before: 'stopped', after: 'running' }],
        },
      ],
    },
    {
      reason: 'a second dnsmasq runs elsewhere',
      seen: served({ astray: true }),
      steps: [
        {
          id: 'dnsmasq.start',
          class: 'changed',
          changes: [{ path: 'dnsmasq', before: 'running twice', after: 'running' }],
        },
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
        {
          id: 'dnsmasq.config',
          class: 'changed',
          changes: [{ path: 'dnsmasq', before: 'edited', after: 'as configured' }],
        },
        { id: 'dnsmasq.start', class: 'changed', changes: [] },
      ],
    },
    {
      reason: 'the file with the name of the gateway is gone, which takes no restart',
      seen: served({ files: {} }),
      steps: [
        {
          id: 'dnsmasq.config',
          class: 'changed',
          changes: [{ path: 'dnsmasq', before: undefined, after: '192.168.77.1 _gateway.lan.internal' }],
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
      steps: [{ id: 'owner', class: 'changed', changes: [] }],
    },
  ])('repairs it, live, when $reason', ({ seen, steps }) => {
    const found = diff({ address: 'network.lan', resource: declared(nat), seen, deps: alone });
    expect(found).toMatchObject(steps);
    expect(found).toHaveLength(steps.length);
    expect(found.every(({ effect, reason }) => effect === 'live' && reason !== '')).toBe(true);
  });
});
