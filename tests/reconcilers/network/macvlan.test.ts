import { describe, expect, it } from 'vitest';

import type { Link } from '../../../reconcilers/host/view.ts';
import { macvlanProblems, macvlanSeen } from '../../../reconcilers/network/macvlan.ts';
import type { NetworkSpec } from '../../../schema/network.ts';

const spec: NetworkSpec = {
  ...{ type: 'macvlan', profile: 'external', uplink: 'wan0', dns: false, domain: 'lan.internal', mtu: 1500 },
};

function link(name: string, more: Partial<Link> = {}): Link {
  const plain = {
    index: 7,
    kind: undefined,
    alias: undefined,
    up: true,
    mtu: 1500,
    mac: '02:00:00:00:00:07',
  };
  return { ...plain, name, master: undefined, hairpin: false, addresses: [], addresses6: [], ...more };
}

const mark = 'nova:3f2a9c1b/demo/network.lan';

describe('macvlanProblems', () => {
  it.each<{ reason: string; uplink?: string; link: Partial<Link>; told: readonly string[] }>([
    { reason: 'an interface can be shared', link: {}, told: [] },
    { reason: 'a bridge of the host as well', link: { kind: 'bridge' }, told: [] },
    { reason: 'a VLAN as well', link: { kind: 'vlan', over: 'eth1', vlan: 20 }, told: [] },
    { reason: 'one that is down is brought up', link: { up: false }, told: [] },
    {
      reason: 'the bridge takes what comes by its port',
      link: { master: 'br0' },
      told: ['wan0 is a port of br0, which takes all that comes by it'],
    },
    {
      reason: 'the kernel would lay it over the lower one, and it would never be what it should be',
      link: { kind: 'macvlan', over: 'eth1' },
      told: ['wan0 shares eth1 itself'],
    },
    {
      reason: 'what is ours goes with what it is of',
      link: { alias: mark },
      told: ['wan0 is a link that Nova has made'],
    },
    {
      reason: 'no link is larger than the one below',
      link: { mtu: 1400 },
      told: ['wan0 has an MTU of 1400, and who shares it cannot have the 1500 of the network'],
    },
    {
      reason: 'nobody is behind the loopback',
      uplink: 'lo',
      link: {},
      told: ['lo leads nowhere: nobody can share it'],
    },
  ])('$reason', ({ uplink = 'wan0', link: more, told }) => {
    const problems = macvlanProblems({ ...spec, uplink }, [link(uplink, more)], 'nt0');
    expect(problems.map(({ message }) => message)).toEqual(told);
    expect(problems.every(({ hint, path }) => hint !== undefined && path?.[0] === 'uplink')).toBe(true);
  });

  it('tells a VLAN that is there under another name, as there is one of each', () => {
    const told = (more: Partial<Link>) =>
      macvlanProblems(
        { ...spec, vlan: 20 },
        [link('wan0'), link('guests', { kind: 'vlan', over: 'wan0', vlan: 20, ...more })],
        'nt0',
      ).map(({ message }) => message);
    expect(told({})).toEqual(["VLAN 20 of wan0 is there already: guests, which is not Nova's"]);
    expect(told({ alias: mark })).toEqual(['VLAN 20 of wan0 is the port of a bridge by Nova: guests']);
    expect(told({ vlan: 30 })).toEqual([]);
    expect(told({ name: 'wan0.20', alias: mark })).toEqual([]);
    expect(told({ name: 'nt0' })).toEqual([]);
  });

  it('is nothing of a network on a bridge, nor of a link that is not there', () => {
    expect(macvlanProblems({ ...spec, type: 'bridge' }, [link('wan0', { master: 'br0' })], 'nt0')).toEqual(
      [],
    );
    expect(macvlanProblems(spec, [], 'nt0')).toEqual([]);
  });
});

describe('macvlanSeen', () => {
  it('is there for one that is a macvlan, and for one that was', () => {
    expect(macvlanSeen(spec, [link('wan0')], undefined)).toEqual({ noted: undefined, up: true });
    expect(macvlanSeen(undefined, [], 'wan0\n')).toEqual({ noted: 'wan0', up: undefined });
    expect(macvlanSeen({ ...spec, type: 'bridge' }, [link('wan0')], undefined)).toBeUndefined();
  });
});
