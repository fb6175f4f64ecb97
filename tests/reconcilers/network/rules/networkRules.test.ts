import { describe, expect, it } from 'vitest';

import { networkRules } from '../../../../reconcilers/network/rules/networkRules.ts';
import { alone, lan, nat } from '../specs.ts';

const oifname = (op: string) => ({ match: { op, left: { meta: { key: 'oifname' } }, right: 'lan' } });
const iifname = (op: string) => ({ match: { op, left: { meta: { key: 'iifname' } }, right: 'lan' } });
const state = (right: unknown) => ({ match: { op: 'in', left: { ct: { key: 'state' } }, right } });
const status = (op: string) => ({ match: { op, left: { ct: { key: 'status' } }, right: 'dnat' } });
const fromSubnet = {
  match: {
    op: '==',
    left: { payload: { protocol: 'ip', field: 'saddr' } },
    right: { prefix: { addr: '192.168.77.0', len: 24 } },
  },
};

/** What says that it is a router. */
const announced = {
  match: {
    op: '==',
    left: { payload: { protocol: 'icmpv6', field: 'type' } },
    right: 'nd-router-advert',
  },
};
const notOurRouter = { chain: 'raw', expr: [iifname('=='), announced, { drop: null }] };

describe('networkRules', () => {
  it('lets the members of a nat network out, and nobody in but through published ports', () => {
    expect(networkRules(lan, nat, alone)).toEqual([
      { chain: 'forward', expr: [oifname('=='), iifname('!='), state('new'), status('!'), { drop: null }] },
      {
        chain: 'forward',
        expr: [oifname('=='), iifname('!='), state(['invalid', 'untracked']), { drop: null }],
      },
      notOurRouter,
      { chain: 'postrouting', expr: [fromSubnet, oifname('!='), { masquerade: null }] },
      { chain: 'postrouting', expr: [fromSubnet, oifname('=='), status('in'), { masquerade: null }] },
    ]);
  });

  it('keeps the members of an internal network in, and everybody else out', () => {
    const states = state(['invalid', 'new', 'untracked']);
    expect(networkRules(lan, { ...nat, profile: 'internal' }, alone)).toEqual([
      { chain: 'forward', expr: [oifname('=='), iifname('!='), states, { drop: null }] },
      { chain: 'forward', expr: [iifname('=='), oifname('!='), states, { drop: null }] },
      notOurRouter,
    ]);
  });

  it('hears routers on a bridge that leads elsewhere', () => {
    expect(networkRules(lan, { ...nat, profile: 'external', interfaces: ['wan0'] }, alone)).toEqual([]);
  });

  it('masquerades nothing without a subnet', () => {
    const { subnet: _subnet, ...spec } = nat;
    expect(networkRules(lan, spec, alone).map(({ chain }) => chain)).toEqual(['forward', 'forward', 'raw']);
  });
});
