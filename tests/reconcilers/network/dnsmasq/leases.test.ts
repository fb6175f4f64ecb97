import { describe, expect, it } from 'vitest';

import { parseLeases } from '../../../../reconcilers/network/dnsmasq/leases.ts';

/** As dnsmasq 2.90 writes it. */
const file = `1764314000 52:54:00:12:34:56 192.168.77.101 laptop 01:52:54:00:12:34:56
0 52:54:00:AA:bb:cc 192.168.77.102 * *
1764314001 20-00:11:22:33:44:55 192.168.77.103 * ff:00
duid 00:01:00:01:2c:ab:cd:ef:52:54:00:00:00:01
1764314002 1193046 fd00:77::101 laptop 00:01:00:01
1764314003 T1193047 fd00:77::102 * 00:01:00:02
`;

describe('parseLeases', () => {
  it('reads what dnsmasq has lent, by IPv4 and IPv6, and nothing else', () => {
    expect(parseLeases(file)).toEqual([
      { ip: '192.168.77.101', mac: '52:54:00:12:34:56', name: 'laptop', expires: 1764314000_000 },
      { ip: '192.168.77.102', mac: '52:54:00:aa:bb:cc', name: undefined, expires: undefined },
      { ip: '192.168.77.103', mac: '00:11:22:33:44:55', name: undefined, expires: 1764314001_000 },
      { ip: 'fd00:77::101', mac: undefined, name: 'laptop', expires: 1764314002_000 },
      { ip: 'fd00:77::102', mac: undefined, name: undefined, expires: 1764314003_000 },
    ]);
  });

  it.each(['', '\n', 'duid 00:01\n', 'garbage\n', '17643140'])('reads nothing of %j', (text) => {
    expect(parseLeases(text)).toEqual([]);
  });
});
