import { describe, expect, it } from 'vitest';

import { givenUpOn } from '../../../controller/import/givenUp.ts';
import { importText } from '../../../controller/import/importText.ts';
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

async function givenUp(text: string): Promise<FakeHost> {
  const host = makeWorld();
  await apply(host, await readManifest(text));
  await forget(host, 'demo');
  return host;
}

function found(host: FakeHost) {
  return givenUpOn(host.scope, () => host.view());
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
      more: 'network = "lan"\n',
      note: 'It is on lan: add its network, as it was.',
      reason: 'its network is not told',
    },
    {
      more: 'volumes = ["data:/srv"]\n',
      note: 'It mounts volumes of its project: declare them, and name them.',
      reason: 'nor are volumes',
    },
    {
      more: 'env = { API_KEY = "canary" }\n',
      note: 'It was given secrets, which are not told: API_KEY.',
      reason: 'nor secrets',
    },
  ])('says why it cannot take one over: $reason', async ({ more, note }) => {
    const host = await givenUp(
      `project = "demo"\n[network.lan]\nsubnet = "192.168.77.1/24"\n[volume.data]\n[container.web]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\n${more}`,
    );
    const [one, ...others] = await found(host);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ adoptable: false, notes: [note] });
    expect(importText('demo', one === undefined ? [] : [one])).not.toContain('canary');
  });

  it('finds nothing where nothing was given up', async () => {
    const host = makeWorld();
    await apply(host, await readManifest(novaFile));
    expect(await found(host)).toEqual([]);
  });
});
