import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatIp6 } from '../../../../schema/cidr6.ts';
import {
  dhcpHost,
  memberRecord,
  recordedAddresses,
  reservedAddresses,
} from '../../../../reconcilers/network/dnsmasq/memberRecord.ts';

const ip = fc.option(fc.ipV4(), { nil: undefined });
const ip6 = fc.option(fc.bigInt({ min: 1n << 112n, max: (1n << 128n) - 1n }).map(formatIp6), {
  nil: undefined,
});
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);

describe('what a network is told of a member', () => {
  it('has a line for each address', () => {
    const both = { ip: '10.0.0.2', ip6: 'fd00::2' };
    expect(memberRecord('web', 'lan.internal', both)).toBe(
      '10.0.0.2 web web.lan.internal\nfd00::2 web web.lan.internal\n',
    );
    expect(dhcpHost('52:54:00:12:34:56', both, 'web')).toBe('52:54:00:12:34:56,10.0.0.2,[fd00::2],web\n');
  });

  it('law: tells the addresses that it was written for', () => {
    fc.assert(
      fc.property(ip, ip6, name, (four, six, own) => {
        const ips = { ip: four, ip6: six };
        expect(recordedAddresses(memberRecord(own, 'lan.internal', ips))).toEqual(ips);
        expect(reservedAddresses(dhcpHost('52:54:00:12:34:56', ips, own))).toEqual(ips);
      }),
    );
    expect(reservedAddresses(undefined)).toEqual({ ip: undefined, ip6: undefined });
  });
});
