import { describe, expect, it, type TestContext } from 'vitest';

import type { Host, RuntimeContainer } from '../../../reconcilers/host/host.ts';
import { command, eventually, ip, namespaceFor } from './shared.ts';

const uuid = 'c0ffee00-0000-5000-8000-000000000001';

export function runtimeContract(host: () => Host, rootfs: () => string | undefined): void {
  const base = () => `${host().scope.run}/contract-runtime`;
  const cgroup = () => `/nova/${host().scope.id}/${uuid}`;
  const inner = () => namespaceFor(host(), 'capsule');
  const { signal } = new AbortController();

  const capsule = (): RuntimeContainer => ({
    id: uuid,
    uuid,
    name: 'contract',
    bundle: `${base()}/bundle`,
    pidFile: `${base()}/bundle/pid`,
    exitDirectory: `${base()}/bundle/exits`,
    log: `${base()}/bundle/log`,
    monitorCgroup: `${cgroup()}/monitor`,
    exitCommand: ['/bin/true'],
  });
  const created = async (context: TestContext, limits: object = {}): Promise<void> => {
    const root = rootfs();
    if (root === undefined) return context.skip('there is no root filesystem to run');
    await host().namespaces.ensure(inner(), 'mark');
    await ip(host(), `link add name port0 type veth peer name eth0 netns ${inner()}`);
    const set = [
      'addr add 10.9.0.2/24 dev eth0',
      'link set eth0 up',
      'route add default via 10.9.0.1 dev eth0',
    ];
    await host().links.change(
      set.map((words) => command(words)),
      inner(),
    );
    await host().files.makeDirectory(`${base()}/volume`, 0o755);
    await host().files.makeDirectory(`${base()}/bundle/exits`, 0o755);
    const config = bundleConfig({
      root,
      netns: inner(),
      cgroup: `${cgroup()}/capsule`,
      volume: `${base()}/volume`,
      limits,
    });
    await host().files.write(`${base()}/bundle/config.json`, JSON.stringify(config));
    await host().runtime.create(capsule());
  };
  const away = async (): Promise<void> => {
    await host().runtime.delete(uuid);
    await host().cgroups.kill(cgroup(), signal);
    await host().cgroups.remove(cgroup());
    await host().namespaces.remove(inner());
    await host().files.remove(base());
  };
  const first = async () =>
    [...(await host().view().processes()).values()].find((each) => each.cgroup === `${cgroup()}/capsule`);
  const monitor = async () =>
    [...(await host().view().processes()).values()].find((each) => each.cgroup === `${cgroup()}/monitor`);

  describe('runtime', () => {
    it('creates a capsule that waits, starts it, and takes it away', async (context) => {
      try {
        await created(context);
        expect(await host().view().list(`${host().scope.run}/runtime/${uuid}`)).toContain('exec.fifo');
        const waiting = await first();
        expect(waiting?.netns).toBe((await host().view().namespaces()).get(inner()));
        expect((await host().view().read(capsule().pidFile))?.trim()).toBe(String(waiting?.pid));
        expect((await monitor())?.argv.join(' ')).toContain(uuid);

        await host().runtime.start(uuid);
        await eventually(host(), async () => (await first())?.argv.join(' '), '/bin/busybox sleep 1000');
        expect(await host().view().list(`${host().scope.run}/runtime/${uuid}`)).not.toContain('exec.fifo');
        expect(await first()).toMatchObject({ pid: waiting?.pid, startTime: waiting?.startTime });
        expect(await host().probe.exec(uuid, ['/bin/busybox', 'true'], 5_000, signal)).toBeUndefined();

        await host().runtime.delete(uuid);
        await host().runtime.delete(uuid);
        expect(await first()).toBeUndefined();
        expect(await host().view().list(`${host().scope.run}/runtime/${uuid}`)).toBeUndefined();
        await eventually(host(), async () => (await monitor()) === undefined, true);
      } finally {
        await away();
      }
      expect(await host().view().cgroup(cgroup())).toBeUndefined();
    });

    it('shows the network and the mounts inside, and a volume whose folder was deleted', async (context) => {
      try {
        await created(context);
        await host().runtime.start(uuid);
        await eventually(host(), async () => (await first())?.argv[1], 'sleep');
        const inside = await host()
          .view()
          .inside((await first())?.pid ?? 0);
        expect(inside).toMatchObject({ links: ['eth0'], addresses: ['10.9.0.2'], gateway: '10.9.0.1' });
        const volume = inside?.mounts.find(({ target }) => target === '/tmp');
        expect(volume?.root.endsWith('/contract-runtime/volume')).toBe(true);
        await host().files.remove(`${base()}/volume`);
        await host().files.makeDirectory(`${base()}/volume`);
        const after = await host()
          .view()
          .inside((await first())?.pid ?? 0);
        expect(after?.mounts.find(({ target }) => target === '/tmp')?.root).toMatch(/\/\/deleted$/);
      } finally {
        await away();
      }
    });

    it('puts limits in force and changes them while it runs', async (context) => {
      try {
        await created(context, { memory: { limit: 64 * 2 ** 20 }, pids: { limit: 50 } });
        await host().runtime.start(uuid);
        const limits = async () => await host().view().cgroup(`${cgroup()}/capsule`);
        expect(await limits()).toMatchObject({
          memory: 64 * 2 ** 20,
          pids: 50,
          cpu: undefined,
          frozen: false,
        });
        await host().runtime.update(uuid, { memory: 96 * 2 ** 20, pids: undefined, cpu: 0.5 });
        expect(await limits()).toMatchObject({ memory: 96 * 2 ** 20, pids: undefined, cpu: 0.5 });
      } finally {
        await away();
      }
    });

    it('leaves word of how a capsule ended', async (context) => {
      try {
        await created(context);
        await host().runtime.start(uuid);
        await eventually(host(), async () => (await first())?.argv[1], 'sleep');
        const process = await first();
        await host().processes.signal(
          { pid: process?.pid ?? 0, startTime: process?.startTime ?? 0 },
          'SIGKILL',
        );
        await eventually(
          host(),
          async () => await host().view().read(`${capsule().exitDirectory}/${uuid}`),
          '137',
        );
        await eventually(host(), async () => (await monitor()) === undefined, true);
      } finally {
        await away();
      }
    });

    it('says why a capsule cannot be created', async (context) => {
      if (rootfs() === undefined) return context.skip('there is no root filesystem to run');
      try {
        await host().files.makeDirectory(`${base()}/bundle/exits`, 0o755);
        await expect(host().runtime.create(capsule())).rejects.toMatchObject({ code: 'capsule.start' });
        await expect(host().runtime.start(uuid)).rejects.toMatchObject({ code: 'capsule.start' });
        await eventually(host(), async () => (await monitor()) === undefined, true);
      } finally {
        await away();
      }
    });
  });
}

function bundleConfig(of: {
  root: string;
  netns: string;
  cgroup: string;
  volume: string;
  limits: object;
}): unknown {
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      args: ['/bin/busybox', 'sleep', '1000'],
      env: ['PATH=/bin'],
      cwd: '/',
    },
    root: { path: of.root, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/tmp', type: 'bind', source: of.volume, options: ['rbind', 'rprivate', 'rw'] },
    ],
    linux: {
      cgroupsPath: of.cgroup,
      resources: of.limits,
      namespaces: [
        ...['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })),
        { type: 'network', path: `/run/netns/${of.netns}` },
      ],
    },
  };
}
