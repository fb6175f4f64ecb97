import { describe, expect, it } from 'vitest';

import { diff } from '../../../../reconcilers/network/diff.ts';
import { loopbackRules, opensLoopback } from '../../../../reconcilers/network/rules/loopback.ts';
import {
  needsForwarding,
  needsForwarding6,
  networkRules,
} from '../../../../reconcilers/network/rules/networkRules.ts';
import type { Dependencies } from '../../../../reconcilers/reconciler.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { alone, converged, declared, lan, nat } from '../specs.ts';

const forwards: NetworkSpec = {
  ...nat,
  forwards: [{ host: 8080, to: '192.168.77.9', port: 80, protocol: 'tcp' }],
};

const stepsOf = (spec: NetworkSpec, seen = converged(spec), deps = alone) =>
  diff({ address: 'network.lan', resource: declared(spec), seen, deps }).map(({ id }) => id);

const withMember = (ports: readonly object[]): Dependencies => ({
  ...alone,
  members: (network) =>
    (network === 'lan'
      ? [{ address: 'container.web', spec: { network: { name: 'lan' }, ports } }]
      : []) as unknown as ReturnType<NonNullable<Dependencies['members']>>,
});

describe('opensLoopback', () => {
  const { subnet: _subnet, ...bare } = forwards;
  it.each([
    { reason: 'nothing leads into it', spec: nat, deps: alone, opens: false },
    { reason: 'it has a forward', spec: forwards, deps: alone, opens: true },
    { reason: 'a member publishes a port', spec: nat, deps: withMember([{}]), opens: true },
    { reason: 'a member publishes nothing', spec: nat, deps: withMember([]), opens: false },
    { reason: 'it has no addresses', spec: bare, deps: alone, opens: false },
  ])('is $opens where $reason', ({ spec, deps, opens }) => {
    expect(opensLoopback('network.lan', spec, deps)).toBe(opens);
  });
});

describe('needsForwarding', () => {
  const dual: NetworkSpec = { ...nat, subnet6: 'fd00:77::1/64' };
  it.each([
    { reason: 'members of nat leave it', profile: 'nat', deps: alone, needed: true },
    { reason: 'nothing leads into internal', profile: 'internal', deps: alone, needed: false },
    {
      reason: 'a member of internal publishes a port',
      profile: 'internal',
      deps: withMember([{}]),
      needed: true,
    },
    {
      reason: 'a member of external publishes a port',
      profile: 'external',
      deps: withMember([{}]),
      needed: true,
    },
  ] as const)('is $needed where $reason', ({ profile, deps, needed }) => {
    const spec = { ...dual, profile };
    expect(needsForwarding('network.lan', spec, deps)).toBe(needed);
    expect(needsForwarding6('network.lan', spec, deps)).toBe(needed);
  });
});

describe('the loopback of a network', () => {
  it('is guarded by rules wherever it is open', () => {
    for (const rule of loopbackRules('lan')) expect(networkRules(lan, forwards, alone)).toContainEqual(rule);
    expect(networkRules(lan, nat, alone)).not.toContainEqual(loopbackRules('lan')[0]);
  });

  it.each([
    {
      reason: 'all is as it should be',
      seen: { ...converged(forwards), localnet: '1' },
      spec: forwards,
      ids: [],
    },
    { reason: 'it was closed by hand', seen: converged(forwards), spec: forwards, ids: ['localnet'] },
    {
      reason: 'it becomes needed, after its rules',
      seen: converged(nat),
      spec: forwards,
      ids: ['rules', 'localnet'],
    },
    {
      reason: 'it is needed no more, before its rules',
      seen: { ...converged(forwards), localnet: '1' },
      spec: nat,
      ids: ['localnet', 'rules'],
    },
    {
      reason: 'it was opened by hand',
      seen: { ...converged(nat), localnet: '1' },
      spec: nat,
      ids: ['localnet'],
    },
    {
      reason: 'it was open on a bridge that was taken over',
      seen: adopted({ ...converged(nat), localnet: '1' }),
      spec: nat,
      ids: [],
    },
  ])('is opened and closed as needed: $reason', ({ seen, spec, ids }) => {
    expect(stepsOf(spec, seen)).toEqual(ids);
  });
});

function adopted(seen: ReturnType<typeof converged>): ReturnType<typeof converged> {
  return { ...seen, link: seen.link && { ...seen.link, adopted: true } };
}
