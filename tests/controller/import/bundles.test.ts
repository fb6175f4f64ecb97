import { describe, expect, it } from 'vitest';

import { containersOn } from '../../../controller/import/bundles.ts';
import { makeWorld } from '../../contracts/reconciler/world.ts';

const config = JSON.stringify({
  root: { path: 'rootfs' },
  process: { args: ['serve'], user: { uid: 0, gid: 0 } },
});

const storage = '/var/lib/containers/storage/overlay-containers';

describe('containersOn', () => {
  it.each([
    {
      reason: 'podman',
      argv: [
        '/usr/bin/conmon',
        '--api-version',
        '1',
        '-c',
        'f3a1',
        '-n',
        'web',
        '-b',
        `${storage}/f3a1/userdata`,
      ],
      bundle: `${storage}/f3a1/userdata`,
      name: 'web',
      said: /as podman watches it .* Stop this one first: podman stop web\.$/,
    },
    {
      reason: 'CRI-O',
      argv: ['/usr/bin/conmon', '-c', 'f3a2', '-n', 'k8s_web_0', '-b', `${storage}/f3a2/userdata`],
      bundle: `${storage}/f3a2/userdata`,
      name: 'k8s_web_0',
      said: /as CRI-O watches it .*: crictl stop k8s_web_0\.$/,
    },
    {
      reason: 'Docker',
      argv: ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', '0123456789abcdef0123'],
      bundle: '/run/containerd/io.containerd.runtime.v2.task/moby/0123456789abcdef0123',
      name: '0123456789ab',
      said: /shim of containerd.*, and Docker with it: .*: docker stop 0123456789ab\.$/,
    },
    {
      reason: 'containerd',
      argv: ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'lab', '-id', 'redis'],
      bundle: '/run/containerd/io.containerd.runtime.v2.task/lab/redis',
      name: 'redis',
      said: /shim of containerd.*: ctr --namespace lab task kill redis\.$/,
    },
  ])('finds what $reason runs, and says whose it is', async ({ argv, bundle, name, said }) => {
    const host = makeWorld();
    host.kernel.addProcess(argv, '/system.slice');
    await host.files.write(`${bundle}/config.json`, config);
    const found = await containersOn(host.view());
    expect(found).toMatchObject([
      { calledThere: name, adoptable: false, table: { capsule: `${bundle}/rootfs`, command: ['serve'] } },
    ]);
    expect(found[0]?.notes[0]).toMatch(said);
  });

  it('finds what runc has a record of, and nothing of Nova', async () => {
    const host = makeWorld();
    await host.files.write('/srv/bundle/config.json', config);
    await host.files.write('/run/runc/hand/state.json', '{"config":{"labels":["bundle=/srv/bundle"]}}');
    await host.files.write('/run/runc/ours/state.json', '{"config":{"labels":["bundle=/run/nova/x"]}}');
    const found = await containersOn(host.view());
    expect(found.map(({ calledThere }) => calledThere)).toEqual(['hand']);
    expect(found[0]?.notes[0]).toMatch(/nobody keeps how it ends and what it prints.*: runc kill hand\.$/);
  });
});
