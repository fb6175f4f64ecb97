import { describe, expect, it } from 'vitest';

import { parseAddresses, parseRoutes } from '../../../reconcilers/host/viewCarried.ts';

describe('parseAddresses', () => {
  it('reads addresses of both families, without what a link has for itself alone', () => {
    const info = [
      {
        family: 'inet',
        local: '10.9.9.1',
        prefixlen: 24,
        broadcast: '10.9.9.255',
        scope: 'global',
        valid_life_time: 4294967295,
      },
      {
        family: 'inet',
        local: '10.9.9.2',
        prefixlen: 24,
        scope: 'global',
        valid_life_time: 900,
        preferred_life_time: 600,
        noprefixroute: true,
      },
      {
        family: 'inet',
        local: '10.8.0.1',
        address: '10.8.0.2',
        prefixlen: 32,
        scope: 'global',
        valid_life_time: 4294967295,
      },
      { family: 'inet6', local: 'fd00::1', prefixlen: 64, scope: 'global', valid_life_time: 4294967295 },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', valid_life_time: 4294967295 },
      { family: 'inet6', local: 'fd00::9', prefixlen: 64, scope: 'global', dadfailed: true },
    ];
    const printed = JSON.stringify([
      { ifname: 'lo', addr_info: info },
      { ifname: 'eth0', addr_info: info },
    ]);
    expect(parseAddresses(printed)).toEqual([
      { link: 'eth0', family: 4, cidr: '10.9.9.1/24', broadcast: '10.9.9.255' },
      { link: 'eth0', family: 4, cidr: '10.9.9.2/24', bare: true, lent: { valid: 900, preferred: 600 } },
      { link: 'eth0', family: 4, cidr: '10.8.0.1/32', peer: '10.8.0.2/32' },
      { link: 'eth0', family: 6, cidr: 'fd00::1/64' },
    ]);
  });
});

describe('parseRoutes', () => {
  it('reads routes of every table, with all that makes them what they are', () => {
    const printed = JSON.stringify([
      {
        type: 'unicast',
        dst: 'default',
        gateway: '10.9.9.254',
        dev: 'eth0',
        table: 'main',
        protocol: 'static',
        scope: 'global',
        prefsrc: '10.9.9.2',
        metric: 100,
        flags: ['onlink'],
        metrics: [{ mtu: 1400 }],
      },
      { type: 'local', dst: '10.9.9.1', dev: 'eth0', table: 'local', protocol: 'kernel' },
      {
        dst: '10.0.0.0/8',
        table: '77',
        protocol: 'boot',
        nexthops: [{ gateway: '10.9.9.1', dev: 'eth0' }, { dev: 'eth1' }],
      },
    ]);
    expect(parseRoutes(printed, 4)).toEqual([
      {
        family: 4,
        to: 'default',
        link: 'eth0',
        via: '10.9.9.254',
        table: 'main',
        protocol: 'static',
        scope: 'global',
        source: '10.9.9.2',
        metric: 100,
        onlink: true,
        options: ['mtu', '1400'],
      },
      {
        family: 4,
        to: '10.0.0.0/8',
        link: 'eth0',
        via: '10.9.9.1',
        table: '77',
        protocol: 'boot',
        shared: true,
      },
      { family: 4, to: '10.0.0.0/8', link: 'eth1', table: '77', protocol: 'boot', shared: true },
    ]);
  });

  it('tells the default route of IPv6 from that of IPv4 by its name', () => {
    const printed = JSON.stringify([
      {
        dst: 'default',
        gateway: 'fe80::1',
        dev: 'eth0',
        table: 'main',
        protocol: 'ra',
        scope: 'global',
        metric: 1024,
        flags: [],
        expires: 599,
        pref: 'high',
      },
    ]);
    expect(parseRoutes(printed, 6)).toEqual([
      {
        family: 6,
        to: '::/0',
        link: 'eth0',
        via: 'fe80::1',
        table: 'main',
        protocol: 'ra',
        metric: 1024,
        preference: 'high',
        expires: 599,
      },
    ]);
  });
});
