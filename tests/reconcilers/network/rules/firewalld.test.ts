import { describe, expect, it } from 'vitest';

import type { FilterTable, Process } from '../../../../reconcilers/host/view.ts';
import { diffRules } from '../../../../reconcilers/network/rules/diffRules.ts';
import { diff } from '../../../../reconcilers/network/diff.ts';
import {
  type FirewalldSeen,
  firewalldRuns,
  firewalldSeen,
} from '../../../../reconcilers/network/rules/firewalld.ts';
import { hindrances } from '../../../../reconcilers/network/rules/foreignForward.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { alone, converged, lan, nat } from '../specs.ts';

const zone = (link: string, name: string) => ({
  chain: 'filter_FORWARD_ZONES',
  handle: 1,
  comment: undefined,
  expr: [
    { match: { op: '==', left: { meta: { key: 'iifname' } }, right: link } },
    { goto: { target: `filter_FWD_${name}` } },
  ],
});
const table = (...rules: FilterTable['rules']): FilterTable => ({
  family: 'inet',
  name: 'firewalld',
  chains: [],
  rules,
});

const process = (netns: number, ...argv: readonly string[]): Process => ({
  ...{ pid: 1, startTime: 1, state: 'S', cgroup: '/' },
  ...{ argv, netns },
});

describe('firewalldRuns', () => {
  it.each([
    { reason: 'it is the daemon', argv: ['/usr/bin/python3', '/usr/sbin/firewalld', '--nofork'], runs: true },
    { reason: 'it only asks it', argv: ['/usr/bin/python3', '/usr/bin/firewall-cmd'], runs: false },
    { reason: 'it reads about it', argv: ['less', '/var/log/firewalld.log'], runs: false },
  ])('is $runs where a process shows that $reason', ({ argv, runs }) => {
    expect(firewalldRuns(new Map([[1, process(7, ...argv)]]), 7)).toBe(runs);
    expect(firewalldRuns(new Map([[1, process(8, ...argv)]]), 7)).toBe(false);
  });
});

describe('firewalldSeen', () => {
  it.each([
    { reason: 'it was never told', tables: [table(zone('eth0', 'trusted'))], seen: 'rejects' },
    {
      reason: 'a link with a longer name is known',
      tables: [table(zone('lan2', 'trusted'))],
      seen: 'rejects',
    },
    { reason: 'it was told by Nova', tables: [table(zone('lan', 'trusted'))], seen: 'trusts' },
    { reason: 'a person has chosen a zone', tables: [table(zone('lan', 'home'))], seen: 'in another zone' },
    { reason: 'it is not there', tables: [], seen: undefined },
  ])('is $seen where $reason', ({ tables, seen }) => {
    expect(firewalldSeen(tables, 'lan', true)).toBe(seen);
    expect(firewalldSeen(tables, 'lan', false)).toBeUndefined();
  });

  it('tells a person of a table that nobody is at work on', () => {
    expect(hindrances([table()], lan, true)).toEqual([]);
    expect(hindrances([table()], lan)).toEqual([expect.stringMatching(/^table inet firewalld, .* start it/)]);
  });
});

describe('what firewalld makes of a network', () => {
  const steps = (spec: NetworkSpec, firewalld: FirewalldSeen) =>
    diffRules(spec, { ...converged(spec), firewalld }, alone).map(({ changes }) => changes[0]?.path);

  it('is drift where it rejects what members send, and nobody has chosen otherwise', () => {
    expect(steps(nat, 'rejects')).toEqual(['firewalld']);
    expect(steps({ ...nat, profile: 'internal' }, 'rejects')).toEqual(['firewalld']);
    for (const seen of ['trusts', 'in another zone'] as const) expect(steps(nat, seen)).toEqual([]);
  });

  it('is its own affair where nobody asks this host for anything', () => {
    const { dhcp_range: _, ...bare } = nat;
    expect(steps({ ...bare, profile: 'internal', dns: false }, 'rejects')).toEqual([]);
    expect(steps({ ...nat, profile: 'external', interfaces: ['wan0'] }, 'rejects')).toEqual([]);
  });

  it('is forgotten with the network', () => {
    const seen = { ...converged(nat), rules: { scaffold: true, misplaced: [], rules: [] } };
    const ids = (firewalld: FirewalldSeen) =>
      diff({ address: 'network.lan', resource: undefined, seen: { ...seen, firewalld }, deps: alone }).map(
        ({ id }) => id,
      );
    expect(ids('trusts')).toContain('rules.remove');
    expect(ids('in another zone')).not.toContain('rules.remove');
  });
});
