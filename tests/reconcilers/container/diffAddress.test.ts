import { describe, expect, it } from 'vitest';

import type { DesiredNetwork } from '../../../reconcilers/container/desired.ts';
import { diffAddress } from '../../../reconcilers/container/diffAddress.ts';
import type { ContainerSeen, Inside } from '../../../reconcilers/container/seen.ts';
import { converged } from './converged.ts';

const address = { ip: '10.0.0.2', prefix: 24, gateway: '10.0.0.1' };
const address6 = { ip: 'fd00::2', prefix: 64, gateway: undefined };
const desired: DesiredNetwork = {
  bridge: 'lan',
  bridges: [],
  mtu: 1500,
  hairpin: false,
  address,
  address6,
};
const inside: Inside = {
  linked: true,
  addresses: [address.ip],
  addresses6: [address6.ip],
  prefixes: { [address.ip]: 24, [address6.ip]: 64 },
  gateway: address.gateway,
  gateway6: undefined,
  deleted: [],
};
const seen: ContainerSeen = { ...converged(), inside, given: address, given6: address6 };

describe('diffAddress', () => {
  it.each<{ reason: string; seen?: Partial<ContainerSeen>; wanted?: Partial<DesiredNetwork>; told: string }>([
    { reason: 'both are as they should be', told: '' },
    {
      reason: 'the IPv6 address is gone',
      seen: { inside: { ...inside, addresses6: [] } },
      told: 'it has no IPv6 address: ip6',
    },
    {
      reason: 'it has a second IPv6 address',
      seen: { inside: { ...inside, addresses6: ['fd00::2', 'fd00::3'] } },
      told: 'its IPv6 address is fd00::2, fd00::3: ip6',
    },
    {
      reason: 'it has another prefix of IPv6',
      seen: { inside: { ...inside, prefixes: { ...inside.prefixes, 'fd00::2': 80 } } },
      told: 'the prefix of its IPv6 address is 80: prefix6',
    },
    {
      reason: 'it has a way out by IPv6 of its own',
      seen: { inside: { ...inside, gateway6: 'fd00::1' } },
      told: 'its IPv6 gateway is fd00::1: gateway6',
    },
    {
      reason: 'its network has no IPv6 any more',
      wanted: { address6: undefined },
      told: 'its IPv6 address is fd00::2: ip6',
    },
    {
      reason: 'what it has of IPv6 is its own affair',
      seen: { given6: undefined },
      wanted: { address6: undefined },
      told: '',
    },
    {
      reason: 'nobody can look inside, and it was given what it should have',
      seen: { inside: undefined },
      told: '',
    },
    {
      reason: 'nobody can look inside, and it was given another IPv6 address',
      seen: { inside: undefined, given6: { ...address6, ip: 'fd00::9' } },
      told: 'its IPv6 address is fd00::9: ip6',
    },
    {
      reason: 'it is not noted that it was given one',
      seen: { given6: undefined },
      told: 'it is noted otherwise what address it was given: ',
    },
  ])('tells "$told" when $reason', ({ seen: found = {}, wanted = {}, told }) => {
    const steps = diffAddress({ ...desired, ...wanted }, { ...seen, ...found });
    const texts = steps.map(({ reason, changes }) => `${reason}: ${changes.map(({ path }) => path).join()}`);
    expect(texts.join()).toBe(told);
  });
});
