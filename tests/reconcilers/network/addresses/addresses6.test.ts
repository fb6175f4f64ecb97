import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contains6, formatIp6, parseIp6, parseRange6, parseSubnet6 } from '../../../../schema/cidr6.ts';
import type { Address } from '../../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { allocateAddresses6 } from '../../../../reconcilers/network/addresses/addresses6.ts';
import { dual } from '../specs.ts';

const reservations = [{ mac: '52:54:00:12:34:56', ip6: 'fd00:77::3' }];
const specs = fc.constantFrom<NetworkSpec[]>(
  dual,
  { ...dual, reservations },
  { ...dual, subnet6: 'fd00:77::1/126', dhcp_range6: 'fd00:77::2-fd00:77::2' },
  { ...dual, subnet6: 'fd00:77::7/120', dhcp_range6: 'fd00:77::8-fd00:77::ff' },
  { ...dual, dhcp_range6: 'fd00:77::2-fd00:77:0:0:ffff:ffff:ffff:ffff' },
);
const addresses = fc.uniqueArray(
  fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).map((name): Address => `container.${name}`),
  { maxLength: 40 },
);
const members = (all: readonly Address[]) => all.map((address) => ({ address }));

describe('allocateAddresses6', () => {
  it('gives what is asked for first, then what is there, then by name', () => {
    const given = allocateAddresses6(dual, [
      { address: 'container.a', current: 'fd00:77::9' },
      { address: 'container.b', wanted: 'fd00:77::9' },
      { address: 'container.c', current: 'fd00:77::60' },
      { address: 'container.d', current: 'fd00:99::60' },
    ]);
    expect(given.get('container.b')).toBe('fd00:77::9');
    expect(given.get('container.c')).toBe('fd00:77::60');
    expect(given.get('container.a')).toMatch(/^fd00:77::[0-9a-f]{1,4}:[0-9a-f]{1,4}$/);
    expect(given.get('container.d')).toMatch(/^fd00:77::/);
  });

  it('gives nothing without a subnet6', () => {
    const { subnet6: _subnet6, ...spec } = dual;
    expect(allocateAddresses6(spec, members(['container.a'])).size).toBe(0);
  });

  it("law: addresses are distinct, of the subnet, in one spelling, and nobody else's", () => {
    fc.assert(
      fc.property(specs, addresses, (spec, all) => {
        const subnet = parseSubnet6(spec.subnet6 ?? '');
        if (subnet === undefined) throw new Error('no subnet');
        const given = [...allocateAddresses6(spec, members(all)).values()];
        expect(new Set(given).size).toBe(given.length);
        const kept = [subnet.network, subnet.gateway].map(formatIp6);
        for (const ip of given) {
          expect(formatIp6(parseIp6(ip) ?? 0n)).toBe(ip);
          expect(contains6(subnet, parseIp6(ip) ?? 0n)).toBe(true);
          expect([...kept, ...(spec.reservations ?? []).map(({ ip6 }) => ip6)]).not.toContain(ip);
        }
        expect(given.length).toBe(Math.min(Number(subnet.last - subnet.network - 1n), all.length));
      }),
    );
  });

  it('law: the DHCP range is left alone as long as there is other room', () => {
    fc.assert(
      fc.property(addresses, (all) => {
        const range = parseRange6(dual.dhcp_range6 ?? '');
        for (const ip of allocateAddresses6(dual, members(all)).values()) {
          const value = parseIp6(ip) ?? 0n;
          expect(range !== undefined && value >= range.from && value <= range.to).toBe(false);
        }
      }),
    );
  });

  it('law: another member moves nobody, and the order does not matter', () => {
    fc.assert(
      fc.property(specs, addresses, fc.integer({ min: 0, max: 40 }), (spec, all, count) => {
        const first = allocateAddresses6(spec, members(all.slice(0, count)));
        const next = all.map((address) => ({ address, current: first.get(address) }));
        const second = allocateAddresses6(spec, next);
        for (const [address, ip] of first) expect(second.get(address)).toBe(ip);
        expect(new Map(allocateAddresses6(spec, next.toReversed()))).toEqual(new Map(second));
      }),
    );
  });
});
