import { describe, expect, it } from 'vitest';

import {
  parseReached,
  parseReached6,
  withoutRoute,
} from '../../../../reconcilers/network/addresses/connectedRoute.ts';
import type { BridgeSeen } from '../../../../reconcilers/network/seen.ts';

/** As Linux prints it where bytes stand in reverse; the second bridge has no carrier. */
const routes = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'lan\t004DA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  'dark\t0000630A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
  'eth0\t004EA8C0\t014DA8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  '',
].join('\n');

const zeros = '0'.repeat(32);
const row = (to: string, prefix: string, hop: string, link: string) =>
  `${to.padEnd(32, '0')} ${prefix} ${zeros} 00 ${hop} 00000100 00000001 00000000 00000001 ${link.padStart(8)}`;
const routes6 = [
  row('fd000077', '40', zeros, 'lan'),
  row('fd000078', '40', zeros, 'dark'),
  row('fd000079', '40', 'fe80'.padEnd(31, '0').concat('1'), 'lan'),
  '',
].join('\n');

const bridge = (name: string, ...addresses: readonly string[]): BridgeSeen => ({
  name,
  up: true,
  mtu: 1500,
  mac: '',
  addresses,
  addresses6: [],
  ports: [],
});

describe('withoutRoute', () => {
  it.each([
    { reason: 'it is there', link: bridge('lan', '192.168.77.1/24'), misses: false },
    { reason: 'the prefix is shorter', link: bridge('dark', '10.99.0.1/16'), misses: false },
    { reason: 'the bridge has no address', link: bridge('lan'), misses: false },
    {
      reason: 'a bridge that is down has none',
      link: { ...bridge('lan', '10.0.0.1/24'), up: false },
      misses: false,
    },
    { reason: 'there is no bridge', link: undefined, misses: false },
    { reason: 'it is not there', link: bridge('lan', '192.168.76.1/24'), misses: true },
    { reason: 'it is that of another bridge', link: bridge('dark', '192.168.77.1/24'), misses: true },
    { reason: 'it leads to more', link: bridge('lan', '192.168.77.1/25'), misses: true },
    { reason: 'it leads through a gateway', link: bridge('eth0', '192.168.78.1/24'), misses: true },
    { reason: 'one of two is gone', link: bridge('lan', '192.168.77.1/24', '10.1.1.1/24'), misses: true },
  ])('is $misses where $reason', ({ link, misses }) => {
    expect(withoutRoute(parseReached(routes), link, false).length > 0).toBe(misses);
  });

  it('says nothing where nobody could look', () => {
    expect(withoutRoute(undefined, bridge('lan', '192.168.77.1/24'), false)).toEqual([]);
  });

  it.each([
    { reason: 'it is there', address: 'fd00:77::1/64', missing: [] },
    { reason: 'it is that of another bridge', address: 'fd00:78::1/64', missing: ['fd00:78::1/64'] },
    { reason: 'it leads through a gateway', address: 'fd00:79::1/64', missing: ['fd00:79::1/64'] },
    { reason: 'it leads to less', address: 'fd00:77::1/60', missing: ['fd00:77::1/60'] },
  ])('tells it of IPv6 as well, where $reason', ({ address, missing }) => {
    const link = { ...bridge('lan', '192.168.77.1/24'), addresses6: [address] };
    const reached = parseReached(routes).union(parseReached6(routes6));
    expect(withoutRoute(reached, link, true)).toEqual(missing);
    expect(withoutRoute(reached, link, false)).toEqual([]);
  });
});
