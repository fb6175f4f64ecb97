import { describe, expect, it } from 'vitest';

import { parseRefusals, parseRules } from '../../../../reconcilers/host/viewRouting.ts';
import { diffEgress } from '../../../../reconcilers/network/uplinks/diffEgress.ts';
import {
  type EgressSeen,
  egressTable,
  entriesFor,
  isRule,
  keyOfEntry,
  uplinkVlanName,
} from '../../../../reconcilers/network/uplinks/egress.ts';
import { egressProblems } from '../../../../reconcilers/network/uplinks/egressProblems.ts';
import { networkRules } from '../../../../reconcilers/network/rules/networkRules.ts';
import type { Link } from '../../../../reconcilers/host/view.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { alone, converged, dual, lan, nat } from '../specs.ts';

const led: NetworkSpec = { ...nat, uplink: 'wan1' };
const table = egressTable(lan);

const route = (to: string, via?: string, metric?: number, at = 'main') => ({
  family: to.includes(':') ? (6 as const) : (4 as const),
  to,
  link: 'wan1',
  table: at,
  ...(via === undefined ? {} : { via }),
  ...(metric === undefined ? {} : { metric }),
});

const seen = (offered: EgressSeen['offered'], direct = false): EgressSeen => {
  return { entries: [], offered, direct };
};

const written = (spec: NetworkSpec, from: EgressSeen) => entriesFor(lan, spec, from).map(keyOfEntry);

describe('entriesFor', () => {
  it('leads to what is near the uplink and to its router, and nowhere else', () => {
    expect(written(led, seen([route('default', '10.9.1.1', 500), route('10.9.1.0/24')]))).toEqual([
      `unreachable default table ${table} metric 4294967295 protocol 78`,
      `10.9.1.0/24 dev wan1 table ${table} protocol 78`,
      `default via 10.9.1.1 dev wan1 table ${table} metric 500 protocol 78`,
      `from 192.168.77.0/24 priority 2080 table ${table} protocol 78`,
      `from 192.168.77.0/24 priority 2078 table ${table} suppress_prefixlength 0 protocol 78`,
      'from 192.168.77.0/24 priority 2079 table main suppress_prefixlength 7 protocol 78',
    ]);
  });

  it.each([
    {
      reason: 'the router with the lowest metric is the one',
      offered: [route('default', '10.9.1.1', 500), route('default', '10.9.1.2', 100)],
      ways: ['default via 10.9.1.2'],
    },
    {
      reason: 'the main table comes before others',
      offered: [route('default', '10.9.1.1', 10, '77'), route('default', '10.9.1.2', 500)],
      ways: ['default via 10.9.1.2'],
    },
    {
      reason: 'a host may keep the route of an interface in a table of its own',
      offered: [route('default', '10.9.1.1', 10, '77')],
      ways: ['default via 10.9.1.1'],
    },
    { reason: 'there is no router', offered: [route('10.9.1.0/24')], ways: [] },
    { reason: 'there is one end at the other end', offered: [], direct: true, ways: ['default'] },
  ])('finds the way out: $reason', ({ offered, direct, ways }) => {
    const found = written(led, seen(offered, direct)).filter((line) => line.startsWith('default'));
    expect(found.map((line) => line.split(/ (?:dev wan1 )?table /)[0])).toEqual(ways);
  });

  it('does so for each family that the network has', () => {
    const entries = entriesFor(lan, { ...dual, uplink: 'wan1' }, seen([route('::/0', 'fe80::1', 1024)]));
    expect(entries.filter(({ family }) => family === 6).map(keyOfEntry)).toContain(
      `::/0 via fe80::1 dev wan1 table ${table} metric 1024 protocol 78`,
    );
    expect(entries.filter(isRule).map(({ from }) => from)).toEqual([
      ...Array.from({ length: 3 }, () => '192.168.77.0/24'),
      ...Array.from({ length: 3 }, () => 'fd00:77::/64'),
    ]);
  });
});

describe('diffEgress', () => {
  const offered = [route('default', '10.9.1.1')];
  const whole: EgressSeen = { ...seen(offered), entries: entriesFor(lan, led, seen(offered)) };

  it('is nothing once all is there, and tells what is missing or too much', () => {
    const at = (egress: EgressSeen) =>
      diffEgress(led, { ...converged(nat), egress }).map(({ reason }) => reason);
    expect(at(whole)).toEqual([]);
    expect(at({ ...whole, offered: [route('default', '10.9.1.2')] })).toEqual([
      'members do not find the way out: default via 10.9.1.2 dev wan1',
    ]);
    const more = { family: 4 as const, priority: 3000, table };
    expect(at({ ...whole, entries: [...whole.entries, more] })).toEqual([
      `members would also leave otherwise: rule from all lookup ${table}`,
    ]);
  });
});

describe('egressProblems', () => {
  const link = (name: string, more: Partial<Link> = {}): Link => ({
    ...{ index: 7, name, kind: undefined, alias: undefined, up: true, mtu: 1500, mac: '02:00:00:00:00:01' },
    ...{ master: undefined, hairpin: false, addresses: [], addresses6: [], ...more },
  });

  it.each([
    {
      reason: 'is a port of another bridge',
      links: [link('wan1', { master: 'br0' })],
      spec: led,
      message: 'wan1 is a port of br0, which has its addresses',
    },
    {
      reason: 'is the bridge itself',
      links: [link('lan')],
      spec: { ...led, uplink: 'lan' },
      message: 'lan is the bridge of this network itself',
    },
    {
      reason: 'has that VLAN already',
      links: [link('wan1'), link('odd', { kind: 'vlan', over: 'wan1', vlan: 20 })],
      spec: { ...led, vlan: 20 },
      message: "VLAN 20 of wan1 is there already: odd, which is not Nova's",
    },
  ])('refuses an uplink that $reason', ({ links, spec, message }) => {
    expect(egressProblems(spec, 'lan', links)).toMatchObject([
      { code: 'network.interface', message, path: ['uplink'] },
    ]);
    expect(egressProblems(led, 'lan', [link('wan1')])).toEqual([]);
  });
});

describe('the rules of a network with an uplink', () => {
  it('let out by it alone, and translate there alone', () => {
    const text = networkRules(lan, led, alone).map(({ chain, expr }) => `${chain} ${JSON.stringify(expr)}`);
    expect(
      text.filter((line) => line.startsWith('postrouting') && line.includes('"right":"wan1"')),
    ).toHaveLength(1);
    expect(text.filter((line) => line.startsWith('forward') && line.includes('"right":"wan1"'))).toHaveLength(
      2,
    );
    expect(networkRules(lan, nat, alone).every(({ expr }) => !JSON.stringify(expr).includes('wan1'))).toBe(
      true,
    );
  });
});

describe('uplinkVlanName', () => {
  it('is as people call it, where the kernel takes that', () => {
    expect(uplinkVlanName('enp6s0', 20)).toBe('enp6s0.20');
    expect(uplinkVlanName('wlx00c0ca97a1b2', 20)).toMatch(/^nv[0-9a-f]{12}$/);
  });
});

describe('what ip prints of policy routing', () => {
  it('is read', () => {
    const rules = JSON.stringify([
      { priority: 0, src: 'all', table: 'local' },
      {
        priority: 2079,
        src: '192.168.77.0',
        srclen: 24,
        table: 'main',
        suppress_prefixlen: 7,
        protocol: '78',
      },
    ]);
    expect(parseRules(rules, 4)).toEqual([
      { family: 4, priority: 0, table: 'local' },
      { family: 4, priority: 2079, from: '192.168.77.0/24', table: 'main', suppress: 7, protocol: '78' },
    ]);
    const routes = JSON.stringify([
      { type: 'unreachable', dst: 'default', dev: 'lo', table: '5', protocol: '78', metric: 4294967295 },
      { dst: 'default', gateway: 'fe80::1', dev: 'wan1', protocol: 'ra' },
    ]);
    expect(parseRefusals(routes, 6)).toEqual([
      { family: 6, to: '::/0', table: '5', protocol: '78', metric: 4294967295 },
    ]);
  });
});
