import { describe, expect, it } from 'vitest';

import { bridgesIn } from '../../../controller/import/bridges.ts';
import { importText } from '../../../controller/import/importText.ts';
import { machineOf } from '../../../controller/import/machines.ts';
import { ociContainer } from '../../../controller/import/ociContainer.ts';
import { formatToml } from '../../../controller/format/formatToml.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

const link = {
  index: 1,
  kind: 'bridge',
  alias: undefined,
  up: true,
  mtu: 1500,
  mac: '',
  master: undefined,
  hairpin: false,
  addresses: [],
  addresses6: [],
};

const engine = { why: 'nobody keeps how it ends', stop: 'runc kill web-1' };

const podman = JSON.stringify({
  root: { path: '/var/lib/containers/storage/overlay/abc/merged' },
  hostname: 'f3a1',
  process: {
    args: ['nginx', '-g', 'daemon off;'],
    env: ['PATH=/usr/bin', 'TERM=xterm', 'HOSTNAME=f3a1', 'MODE=a=b ${HOME}', 'API_KEY=canary-of-import'],
    cwd: '/srv',
    user: { uid: 101, gid: 101 },
  },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/etc/hosts', type: 'bind', source: '/run/containers/storage/x/hosts', options: ['bind'] },
    { destination: '/data', type: 'bind', source: '/srv/data', options: ['rbind', 'ro'] },
  ],
  linux: {
    namespaces: [{ type: 'network', path: '/run/netns/x' }],
    resources: {
      memory: { limit: 67_108_864 },
      cpu: { quota: 150_000, period: 100_000 },
      pids: { limit: 2048 },
    },
  },
});

const qemu = [
  ...[
    '/usr/bin/qemu-system-x86_64',
    '-name',
    'guest=Build Box,debug-threads=on',
    '-enable-kvm',
    '-m',
    '2G',
    '-smp',
    '4,cores=2',
  ],
  ...[
    '-drive',
    'file=disks/a,,b.qcow2,if=virtio',
    '-drive',
    'file=/iso/x.iso,media=cdrom',
    '-hda',
    '/srv/second.raw',
  ],
  ...['-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0'],
];

describe('importText', () => {
  it('says what was found as a NovaFile that is valid, and what it leaves out', async () => {
    const found = [
      ...bridgesIn([
        { ...link, name: 'br0', addresses: [{ ip: '10.9.0.1', prefix: 24 }], addresses6: [], mtu: 1400 },
        { ...link, name: 'enp6s0', kind: undefined, master: 'br-lan' },
        { ...link, name: 'br-lan', addresses6: [{ ip: 'fd00:9::1', prefix: 64 }] },
        { ...link, name: 'ours', alias: 'nova:3f2a9c1b/demo/network.ours' },
      ]),
      ociContainer('Web.1', '/bundle', podman, { why: 'podman watches it', stop: 'podman stop Web.1' }),
      ociContainer(
        'web-1',
        '/bundle',
        '{"root":{"path":"rootfs"},"process":{"args":["sh"],"user":{"uid":0,"gid":0}}}',
        engine,
      ),
      machineOf({ argv: qemu, pid: 7 }, '/home/me'),
      machineOf({ argv: ['/usr/bin/qemu-img', 'create'], pid: 8 }, '/'),
      ociContainer('broken', '/bundle', '{', engine),
    ].filter((each) => each !== undefined);
    const text = await formatToml(importText('imported', found), 'x');
    await expect(text).toMatchFileSnapshot('golden/imported.toml');
    expect(text).not.toContain('canary');
    const parsed = await parseNovaFile({ text, file: '/srv/NovaFile.toml' });
    expect('issues' in parsed ? parsed.issues : []).toEqual([]);
  });
});
