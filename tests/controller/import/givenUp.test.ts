import { describe, expect, it } from 'vitest';

import { givenUpOn } from '../../../controller/import/givenUp.ts';
import { importText } from '../../../controller/import/importText.ts';
import type { Address } from '../../../schema/manifest.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import { apply, forget, plan } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const novaFile = `project = "demo"
[container.web]
capsule = "/lab/busybox"
command = ["/bin/serve", "$\${HOME}"]
env = { MODE = "test" }
workdir = "/srv"
user = "5:6"
hostname = "www"
volumes = ["/lab/site:/srv:ro"]
limits = { memory = "64Mi", cpu = 1.5, pids = 50 }
restart = "on-failure"
stop_timeout = 3
[vm.box]
image = "/lab/debian.raw"
boot = { kernel = "/lab/other.raw", cmdline = "quiet \\"x y\\"" }
cpu = 3
memory = "96Mi"
stop_timeout = 7
`;

/** @param only what is given up; default: everything */
async function givenUp(text: string, only?: Address): Promise<FakeHost> {
  const host = makeWorld();
  await apply(host, await readManifest(text));
  await forget(host, 'demo', only);
  return host;
}

function onLan(more: string): string {
  return `project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
[volume.data]
[container.web]
capsule = "/lab/busybox"
command = ["/bin/serve"]
network = "lan"
volumes = ["data:/srv"]
${more}`;
}

function found(host: FakeHost) {
  return givenUpOn(() => host.view());
}

describe('givenUpOn', () => {
  it('tells of what was given up all that it takes to take it over, and nothing restarts', async () => {
    const host = await givenUp(novaFile);
    const pids = [host.kernel.pids('/bin/serve'), host.kernel.pids('qemu-system-x86_64')];
    const all = await found(host);
    expect(all.map(({ adoptable, notes }) => [adoptable, notes])).toEqual([
      [true, []],
      [true, []],
    ]);
    const text = importText('demo', all);
    expect(text).toContain('adopt = true');
    const manifest = await readManifest(text);
    expect(await plan(host, manifest)).toEqual([
      expect.stringMatching(/^container\.web adopt /),
      expect.stringMatching(/^vm\.box adopt /),
    ]);
    await apply(host, manifest);
    expect(await plan(host, manifest)).toEqual([]);
    expect([host.kernel.pids('/bin/serve'), host.kernel.pids('qemu-system-x86_64')]).toEqual(pids);
    // It says what was declared.
    const before = await readManifest(novaFile);
    expect(manifest.resources.map(({ address, spec }) => [address, spec])).toEqual(
      before.resources.map(({ address, spec }) => [
        address,
        // What runs is known, and not that it was to be chosen.
        address === 'vm.box' ? { ...spec, accel: 'tcg' } : spec,
      ]),
    );
  });

  it.each([
    {
      reason: 'what a network is by default',
      lan: 'subnet = "192.168.77.1/24"\n',
      web: 'ports = ["8080:80", "127.0.0.1:53:53/udp"]\n',
    },
    {
      reason: 'an internal one that lends addresses',
      lan: 'profile = "internal"\nsubnet = "10.1.0.1/24"\ndns = false\ndhcp_range = "10.1.0.50-10.1.0.60"\nmtu = 1400\n',
      web: '',
    },
    {
      reason: 'one with a domain of its own',
      lan: 'subnet = "10.1.0.1/24"\ndomain = "lab.example"\n',
      web: '',
    },
    {
      reason: 'one whose members leave by an interface of their own',
      lan: 'subnet = "10.1.0.1/24"\nuplink = "wan1"\n',
      web: '',
    },
    {
      reason: 'one of both families, whose addresses are lent and announced',
      lan: 'subnet = "10.1.0.1/24"\nsubnet6 = "fd00:77::1/64"\ndhcp_range6 = "fd00:77::100-fd00:77::1ff"\n',
      web: '',
    },
    {
      reason: 'one with IPv6 alone, that is not announced',
      lan: 'profile = "internal"\nsubnet6 = "fd00:77::1/80"\nra = false\n',
      web: '',
    },
    { reason: 'one without addresses', lan: 'profile = "internal"\n', web: '' },
  ])('tells of networks and volumes as well, and what is on them stays: $reason', async ({ lan, web }) => {
    const declared = `project = "demo"
[network.lan]
${lan}
[volume.pages]
[container.web]
capsule = "/lab/busybox"
command = ["/bin/serve"]
network = "lan"
volumes = ["pages:/srv:ro"]
${web}
[vm.box]
image = "/lab/debian.raw"
accel = "tcg"
network = "lan"
`;
    const host = await givenUp(declared);
    const pids = [host.kernel.pids('/bin/serve'), host.kernel.pids('qemu-system-x86_64')];
    const all = await found(host);
    expect(all.map(({ kind, adoptable, notes }) => [kind, adoptable, notes])).toEqual(
      ['container', 'vm', 'network', 'volume'].map((kind) => [kind, true, []]),
    );
    const manifest = await readManifest(importText('demo', all));
    const marks = /^\S+ (?:adopt|rules|ports|egress) /;
    for (const line of await plan(host, manifest)) expect(line).toMatch(marks);
    await apply(host, manifest);
    expect(await plan(host, manifest)).toEqual([]);
    expect([host.kernel.pids('/bin/serve'), host.kernel.pids('qemu-system-x86_64')]).toEqual(pids);
    expect(await plan(host, await readManifest(declared))).toEqual([]);
  });

  it('says what a project goes on with, where only some of it was given up', async () => {
    const host = await givenUp(onLan(''), 'container.web');
    const [one, ...others] = await found(host);
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      adoptable: true,
      needs: ['network.lan', 'volume.data'],
      table: { network: 'lan', volumes: ['data:/srv'] },
      notes: [expect.stringMatching(/^Project demo goes on: .* declares network\.lan, volume\.data\./)],
    });
  });

  it.each([
    {
      reason: 'secrets',
      more: 'env = { API_KEY = "canary" }\n',
      note: 'It was given secrets, which are not told: API_KEY.',
    },
  ])('says why it cannot take one over: $reason', async ({ more, note }) => {
    const host = await givenUp(onLan(more));
    const [one] = await found(host);
    expect(one).toMatchObject({ adoptable: false, notes: [note] });
    expect(importText('demo', one === undefined ? [] : [one])).not.toContain('canary');
  });

  it('takes nothing over that is on what it cannot take over', async () => {
    const host = await givenUp(onLan(''));
    await host.links.change([
      { argv: ['link', 'add', 'name', 'veth7', 'type', 'veth', 'peer', 'name', 'veth8'] },
      { argv: ['link', 'set', 'dev', 'veth7', 'master', 'lan'] },
    ]);
    const all = await found(host);
    expect(all.map(({ kind, adoptable, notes }) => [kind, adoptable, notes])).toEqual([
      ['container', false, ['It cannot be taken over: it is on network.lan, which cannot be.']],
      ['network', false, ['Links of others are on it: veth7.']],
      ['volume', true, []],
    ]);
  });

  it('finds nothing where nothing was given up', async () => {
    const host = makeWorld();
    await apply(host, await readManifest(novaFile));
    expect(await found(host)).toEqual([]);
  });
});
