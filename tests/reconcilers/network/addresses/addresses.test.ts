import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contains, formatIp, parseIp, parseRange, parseSubnet } from '../../../../schema/cidr.ts';
import type { Address } from '../../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { allocateAddresses } from '../../../../reconcilers/network/addresses/addresses.ts';
import { nat } from '../specs.ts';

const tiny: NetworkSpec = { ...nat, subnet: '10.0.0.1/29', dhcp_range: '10.0.0.4-10.0.0.6' };

const addresses = fc.uniqueArray(
  fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).map((name): Address => `container.${name}`),
  { maxLength: 40 },
);
const specs = fc.constantFrom(
  nat,
  tiny,
  { ...nat, subnet: '10.1.2.3/8' },
  { ...nat, subnet: '192.168.77.1/27' },
);

describe('allocateAddresses', () => {
  it('gives what is asked for first, then what is there, then by name', () => {
    const given = allocateAddresses(nat, [
      { address: 'container.a', current: '192.168.77.9' },
      { address: 'container.b', wanted: '192.168.77.9' },
      { address: 'container.c', current: '192.168.77.60' },
      { address: 'container.d', current: '192.168.1.5' },
    ]);
    expect(given.get('container.b')).toBe('192.168.77.9');
    expect(given.get('container.c')).toBe('192.168.77.60');
    expect(given.get('container.a')).not.toBe('192.168.77.9');
    expect(given.get('container.d')).toMatch(/^192\.168\.77\./);
  });

  it('takes from the DHCP range when nothing else is left, and leaves out whom the network has no room for', () => {
    const members = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({
      address: `container.${name}` as const,
    }));
    const given = allocateAddresses(tiny, members);
    expect([...given.values()].toSorted()).toEqual([
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
    ]);
    expect(given.size).toBe(5);
  });

  it('gives nothing without a subnet', () => {
    const { subnet: _subnet, ...spec } = nat;
    expect(allocateAddresses(spec, [{ address: 'container.a' }]).size).toBe(0);
  });

  it('law: addresses are distinct, of the subnet, and never its own three', () => {
    fc.assert(
      fc.property(specs, addresses, (spec, members) => {
        const subnet = parseSubnet(spec.subnet ?? '');
        if (subnet === undefined) throw new Error('no subnet');
        const given = [
          ...allocateAddresses(
            spec,
            members.map((address) => ({ address })),
          ).values(),
        ];
        expect(new Set(given).size).toBe(given.length);
        const reserved = [subnet.network, subnet.broadcast, subnet.gateway].map(formatIp);
        for (const ip of given) {
          expect(contains(subnet, parseIp(ip) ?? 0)).toBe(true);
          expect(reserved).not.toContain(ip);
        }
        const room = subnet.broadcast - subnet.network - 2;
        expect(given.length).toBe(Math.min(room, members.length));
      }),
    );
  });

  it('law: the DHCP range is left alone as long as there is other room', () => {
    fc.assert(
      fc.property(addresses, (members) => {
        const range = parseRange(nat.dhcp_range ?? '');
        for (const ip of allocateAddresses(
          nat,
          members.map((address) => ({ address })),
        ).values()) {
          const value = parseIp(ip) ?? 0;
          expect(range !== undefined && value >= range.from && value <= range.to).toBe(false);
        }
      }),
    );
  });

  it('law: another member moves nobody, and the order does not matter', () => {
    fc.assert(
      fc.property(specs, addresses, fc.integer({ min: 0, max: 40 }), (spec, members, count) => {
        const first = allocateAddresses(
          spec,
          members.slice(0, count).map((address) => ({ address })),
        );
        const all = members.map((address) => {
          const current = first.get(address);
          return current === undefined ? { address } : { address, current };
        });
        const second = allocateAddresses(spec, all);
        for (const [address, ip] of first) expect(second.get(address)).toBe(ip);
        expect(new Map(allocateAddresses(spec, all.toReversed()))).toEqual(new Map(second));
      }),
    );
  });
});
