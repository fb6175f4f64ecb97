import { describe, expect, it } from 'vitest';

import { etcFiles } from '../../../reconcilers/container/etcFiles.ts';
import { ociConfig, type OciInput } from '../../../reconcilers/container/ociConfig.ts';

const input: OciInput = {
  mark: 'nova:3f2a9c1b/demo/container.web',
  args: ['/bin/httpd', '-f'],
  env: { PATH: '/bin', GREETING: 'good=day' },
  workdir: '/srv',
  user: { uid: 0, gid: 0 },
  hostname: 'web',
  rootfs: '/run/nova/3f2a9c1b/containers/ID/rootfs',
  netns: '/run/netns/nova-3f2a9c1b-ID',
  cgroup: '/nova/3f2a9c1b/ID/capsule',
  limits: { memory: 67_108_864, cpu: 1.5, pids: 50 },
  volumes: [{ source: '/data/volumes/demo/pages', target: '/srv', readonly: true }],
  etc: '/run/nova/3f2a9c1b/containers/ID/etc',
  etcFiles: etcFiles({ hostname: 'web' }, 'web', {
    spec: { dns: true, domain: 'lan.internal' },
    gateway: '10.0.0.1',
  }),
  secretEnv: [],
  secretFiles: [],
  architecture: 'amd64',
};

const parsed = (changed: Partial<OciInput>) => JSON.parse(ociConfig({ ...input, ...changed }));

describe('ociConfig', () => {
  it('writes the whole configuration of a capsule', async () => {
    await expect(ociConfig(input)).toMatchFileSnapshot('golden/config.golden');
  });

  it('gives no capabilities to a user other than root', () => {
    const { process } = parsed({ user: { uid: 1000, gid: 1000 } });
    expect(process.user).toEqual({ uid: 1000, gid: 1000 });
    expect(process.capabilities.effective).toEqual([]);
    expect(process.capabilities.permitted).toEqual([]);
  });

  it('sets no limits where none are declared', () => {
    const { linux } = parsed({ limits: { memory: undefined, cpu: undefined, pids: undefined } });
    expect(Object.keys(linux.resources)).toEqual(['devices']);
  });

  it('gives the nodes of devices, and lets them be used', () => {
    const node = { path: '/dev/dri/card0', major: 226, minor: 0 };
    const { linux } = parsed({ devices: [node] });
    expect(linux.devices).toEqual([{ type: 'c', ...node, fileMode: 0o666, uid: 0, gid: 0 }]);
    const rule = { allow: true, type: 'c', major: 226, minor: 0, access: 'rw' };
    expect(linux.resources.devices.at(-1)).toEqual(rule);
    expect(parsed({ devices: [] })).toEqual(parsed({}));
  });

  it('filters system calls by the machine that it is for', () => {
    expect(parsed({ architecture: 'arm64' }).linux.seccomp.architectures).toEqual([
      'SCMP_ARCH_AARCH64',
      'SCMP_ARCH_ARM',
    ]);
  });

  it('refuses every flag of clone that makes a namespace', () => {
    const rules: { names: string[]; args?: { value: number }[] }[] = parsed({}).linux.seccomp.syscalls;
    const flags = rules.filter(({ names }) => names[0] === 'clone').map(({ args }) => args?.[0]?.value);
    expect(flags).toEqual([0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]);
  });

  it('differs when a generated file differs', () => {
    const other = { ...input.etcFiles, hosts: '127.0.0.1 localhost\n' };
    expect(ociConfig({ ...input, etcFiles: other })).not.toBe(ociConfig(input));
  });
});

describe('etcFiles', () => {
  const lan = { spec: { dns: true, domain: 'lan.internal' }, gateway: '10.0.0.1' };

  it('asks the network for names, its own included', () => {
    expect(etcFiles({ hostname: 'web' }, 'web', lan)).toEqual({
      hosts: '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n',
      hostname: 'web\n',
      'resolv.conf': 'search lan.internal\nnameserver 10.0.0.1\n',
    });
  });

  it.each([
    { hostname: 'other', network: lan, reason: 'the network knows the capsule by another name' },
    { hostname: 'web', network: undefined, reason: 'there is no network' },
    {
      hostname: 'web',
      network: { ...lan, spec: { ...lan.spec, dns: false } },
      reason: 'the network answers no names',
    },
  ])('knows its own name itself when $reason', ({ hostname, network }) => {
    expect(etcFiles({ hostname }, 'web', network).hosts).toContain(`127.0.1.1 ${hostname}\n`);
  });
});
