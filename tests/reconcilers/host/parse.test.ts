import { describe, expect, it } from 'vitest';

import { findCgroupTree } from '../../../reconcilers/host/cgroupTree.ts';
import { parseMarks } from '../../../reconcilers/host/marks.ts';
import { mountsBelow, parseMountInfo } from '../../../reconcilers/host/mountInfo.ts';
import { overlayOptions } from '../../../reconcilers/host/mounts.ts';
import { runtimeMessage } from '../../../reconcilers/host/runtimeMessage.ts';
import { limit } from '../../../reconcilers/host/viewCgroup.ts';
import {
  parseAddresses,
  parseDevices,
  parseGateway,
  parseNearest,
} from '../../../reconcilers/host/viewInside.ts';
import { parseAddresses6, parseGateway6 } from '../../../reconcilers/host/viewInside6.ts';
import { parseLinks } from '../../../reconcilers/host/viewLinks.ts';
import { parseStat } from '../../../reconcilers/host/viewProcesses.ts';
import { sysctlFile } from '../../../reconcilers/host/viewSysctls.ts';
import { parseTables } from '../../../reconcilers/host/viewTables.ts';

describe('parseMountInfo', () => {
  it('reads targets with blanks, roots that are gone, and read-only mounts', () => {
    const text = [
      String.raw`42 27 254:0 /a//deleted /mnt/with\040blank rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard`,
      '43 27 0:30 / /mnt/o ro,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w',
      '',
    ].join('\n');
    expect(parseMountInfo(text)).toEqual([
      {
        target: '/mnt/with blank',
        type: 'ext4',
        root: '/a//deleted',
        source: '/dev/vda',
        readonly: false,
        options: 'rw,discard',
      },
      {
        target: '/mnt/o',
        type: 'overlay',
        root: '/',
        source: 'overlay',
        readonly: true,
        options: 'rw,lowerdir=/l,upperdir=/u,workdir=/w',
      },
    ]);
    expect(mountsBelow(parseMountInfo(text), '/mnt')).toEqual(['/mnt/with blank', '/mnt/o']);
    expect(mountsBelow(parseMountInfo(text), '/mn')).toEqual([]);
  });
});

describe('findCgroupTree', () => {
  it('finds the unified hierarchy where it is the only one', () => {
    const tree = findCgroupTree(
      '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate',
    );
    expect(tree).toEqual({ unified: '/sys/fs/cgroup', controllers: new Map(), roots: ['/sys/fs/cgroup'] });
  });

  it('finds each controller where both versions are mounted', () => {
    const tree = findCgroupTree(
      [
        '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
        '40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
        '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
      ].join('\n'),
    );
    expect(tree?.roots).toEqual([
      '/sys/fs/cgroup/unified',
      '/sys/fs/cgroup/cpu,cpuacct',
      '/sys/fs/cgroup/systemd',
    ]);
    expect(tree?.controllers.get('cpu')).toBe('/sys/fs/cgroup/cpu,cpuacct');
  });

  it('finds none where none is mounted', () => {
    expect(findCgroupTree('27 1 254:0 / / rw - ext4 /dev/vda rw')).toBeUndefined();
  });
});

describe('parseLinks', () => {
  it('keeps what Nova looks at, with addresses of global scope only that somebody gave it', () => {
    const printed = JSON.stringify([
      {},
      {
        ifindex: 3,
        ifname: 'nv1',
        flags: ['BROADCAST', 'UP'],
        mtu: 1400,
        master: 'lan',
        address: '02:00:00:00:00:01',
        ifalias: 'nova:x',
        linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge', info_slave_data: { hairpin: true } },
        addr_info: [
          { family: 'inet', local: '10.0.0.1', prefixlen: 24, scope: 'global' },
          { family: 'inet', local: '169.254.0.1', prefixlen: 16, scope: 'link' },
          { family: 'inet6', local: 'fd00::1', prefixlen: 64, scope: 'global' },
          { family: 'inet6', local: 'fd00::2', prefixlen: 64, scope: 'global', dynamic: true },
          { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link' },
        ],
      },
    ]);
    expect(parseLinks(printed)).toEqual([
      {
        index: 3,
        name: 'nv1',
        kind: 'veth',
        alias: 'nova:x',
        up: true,
        mtu: 1400,
        mac: '02:00:00:00:00:01',
        master: 'lan',
        hairpin: true,
        addresses: [{ ip: '10.0.0.1', prefix: 24 }],
        addresses6: [{ ip: 'fd00::1', prefix: 64 }],
      },
    ]);
  });

  it('says so when what was printed is not JSON', () => {
    expect(() => parseLinks('[{')).toThrow(expect.objectContaining({ code: 'host.unknown' }));
    expect(parseLinks('')).toEqual([]);
  });
});

describe('parseTables', () => {
  it('puts chains, rules and sets into their tables, whatever order families and names come in', () => {
    const nftables = [
      { metainfo: { version: '1.0.6' } },
      { table: { family: 'ip', name: 'a', handle: 1 } },
      { table: { family: 'inet', name: 'a', handle: 2 } },
      { chain: { family: 'inet', table: 'a', name: 'c', handle: 3 } },
      { rule: { family: 'inet', table: 'a', chain: 'c', handle: 4, expr: [{ drop: null }] } },
      { set: { family: 'inet', table: 'a', name: 's', type: 'ipv4_addr' } },
      { set: { family: 'inet', table: 'a', name: 't', type: ['ipv4_addr', 'mark'], size: 9, timeout: 60 } },
    ];
    expect(parseTables(JSON.stringify({ nftables }))).toEqual([
      { family: 'ip', name: 'a', chains: [], rules: [] },
      {
        family: 'inet',
        name: 'a',
        chains: [{ name: 'c', type: undefined, hook: undefined, prio: undefined, policy: undefined }],
        rules: [{ chain: 'c', handle: 4, comment: undefined, expr: [{ drop: null }] }],
        sets: [
          { name: 's', type: 'ipv4_addr', size: undefined, timeout: undefined },
          { name: 't', type: 'ipv4_addr . mark', size: 9, timeout: 60 },
        ],
      },
    ]);
  });
});

describe('parseStat', () => {
  it('is not misled by the name of a process', () => {
    const rest = 'T 1 2 2 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0';
    expect(parseStat(`77 (a) R (b) ${rest}`)).toEqual({
      state: 'T',
      startTime: 4711,
      kernel: false,
    });
    expect(parseStat('')).toBeUndefined();
  });

  it('tells threads of the kernel by their flags', () => {
    const thread = '2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 17 0 0';
    expect(parseStat(thread)).toEqual({ state: 'S', startTime: 17, kernel: true });
  });
});

describe('what is inside a namespace', () => {
  it('has devices, addresses and a gateway', () => {
    expect(parseDevices('Inter-|\n face |\n    lo: 0 0\n  eth0: 10 1\neth0.5:0\n')).toEqual([
      'eth0',
      'eth0.5',
    ]);
    const trie =
      'Main:\n  |-- 10.0.0.0\n   /24 link UNICAST\n  |-- 10.0.0.2\n     /32 host LOCAL\n  |-- 127.0.0.1\n  /32 host LOCAL\n';
    expect(parseAddresses(`${trie}Local:\n${trie}`)).toEqual(['10.0.0.2']);
    const heading = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n';
    const local = 'eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n';
    expect(parseGateway(`${heading}${local}eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n`)).toBe(
      '10.0.0.1',
    );
    expect(parseGateway(heading + local)).toBeUndefined();
  });

  it('has the IPv6 addresses and the gateway that somebody set, not those that a router announced', () => {
    const table = `\
00000000000000000000000000000001 01 80 10 80       lo
fd000077000000000000000000000009 02 40 00 80     eth0
fd00007700000000f8735dfffe2471d1 02 40 00 40     eth0
fe80000000000000f8735dfffe2471d1 02 40 20 80     eth0
`;
    expect(parseAddresses6(table)).toEqual([{ ip: 'fd00:77::9', prefix: 64, link: 'eth0' }]);
    expect(parseAddresses6('')).toEqual([]);
    const route = (destination: string, hop: string, flags: string) =>
      [destination, '00', '0'.repeat(32), '00', hop, '00000400', '00000001', '00000000', flags, 'eth0'].join(
        ' ',
      );
    const [any, none] = ['0'.repeat(32), '0'.repeat(32)];
    const announced = route(any, 'fe800000000000000000000000000001', '00450003');
    const blackhole = route(any, none, '00200200');
    expect(parseGateway6([blackhole, announced].join('\n'))).toBeUndefined();
    const own = route(any, 'fd000077000000000000000000000001', '00000003');
    expect(parseGateway6([blackhole, announced, own].join('\n'))).toBe('fd00:77::1');
  });
});

describe('parseNearest', () => {
  const heading = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n';
  const line = (destination: string, gateway: string, mask: string) =>
    `eth0\t${destination}\t${gateway}\t0001\t0\t0\t0\t${mask}\t0\t0\t0 \n`;
  const [out, near, half] = [
    line('00000000', '014DA8C0', '00000000'),
    line('004DA8C0', '00000000', '00FFFFFF'),
    line('804DA8C0', '00000000', '80FFFFFF'),
  ];

  it.each([
    { reason: 'the network that it is in', routes: out + near, expected: 24 },
    { reason: 'the nearer one of two', routes: near + half, expected: 25 },
    { reason: 'no network but that behind a gateway: it stands alone', routes: out, expected: 32 },
    { reason: 'another network', routes: line('0000000A', '00000000', '000000FF'), expected: 32 },
  ])('tells the prefix and the link of 192.168.77.200 from $reason', ({ routes, expected }) => {
    expect(parseNearest(heading + routes, '192.168.77.200')).toEqual(
      expected === 32 ? { prefix: 32 } : { prefix: expected, link: 'eth0' },
    );
  });
});

describe('limit', () => {
  it.each([
    { words: 'max', expected: undefined, reason: 'version 2 without a limit' },
    { words: '-1', expected: undefined, reason: 'a quota of version 1 without a limit' },
    { words: '9223372036854771712', expected: undefined, reason: 'memory of version 1 without a limit' },
    { words: undefined, expected: undefined, reason: 'no such file' },
    { words: '67108864', expected: 67_108_864, reason: 'a limit' },
    { words: '0', expected: 0, reason: 'a limit too' },
  ])('reads $words as $expected: $reason', ({ words, expected }) => {
    expect(limit(words)).toBe(expected);
  });
});

describe('parseMarks', () => {
  it('undoes the escapes of paths and values', () => {
    const printed =
      '# file: /a\\134b c\\012d\ntrusted.nova="x \\"y\\" \\\\"\n\n# file: /\\303\\274\ntrusted.nova="ü"\n\n';
    expect(parseMarks(printed)).toEqual(
      new Map([
        ['/a\\b c\nd', String.raw`x "y" \ `.trim()],
        ['/ü', 'ü'],
      ]),
    );
  });
});

describe('runtimeMessage', () => {
  it.each([
    {
      said: String.raw`time="2026-01-01T10:04:03Z" level=error msg="runc create failed: unable to start container process: exec: \"/bin/nope\": stat /bin/nope: no such file or directory"`,
      expected: 'exec: "/bin/nope": stat /bin/nope: no such file or directory',
    },
    {
      said: '2026-01-01T10:04:03.1234Z: cannot open `/x`: No such file\n',
      expected: 'cannot open `/x`: No such file',
    },
    { said: 'a\n\nb\na\n', expected: 'a; b' },
    { said: '', expected: '' },
  ])('makes "$expected" of what a runtime says', ({ said, expected }) => {
    expect(runtimeMessage(said)).toBe(expected);
  });
});

describe('overlayOptions', () => {
  it('guards a colon where it would separate folders', () => {
    const options = overlayOptions({ lower: '/l:1', upper: '/u:1', work: '/w' });
    expect(options).toBe(String.raw`lowerdir=/l\:1,upperdir=/u:1,workdir=/w`);
  });

  it.each([',', '\\', '"', '\n'])('refuses a path with %j', (character) => {
    const build = () => overlayOptions({ lower: '/l', upper: `/u${character}`, work: '/w' });
    expect(build).toThrow(expect.objectContaining({ code: 'host.file' }));
  });
});

describe('sysctlFile', () => {
  it('finds the file, with slashes where a part has dots', () => {
    expect(sysctlFile('net.ipv4.ip_forward')).toBe('/proc/sys/net/ipv4/ip_forward');
    expect(sysctlFile('net/ipv4/conf/eth0.5/forwarding')).toBe('/proc/sys/net/ipv4/conf/eth0.5/forwarding');
  });

  it.each(['', 'net', '../x', 'net/../../x', 'net.ipv4.a b', 'net/-x;y'])('refuses %j', (key) => {
    expect(() => sysctlFile(key)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
