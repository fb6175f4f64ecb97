import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';
import { eventually, ip, namespaceFor, processWith } from './shared.ts';

export function processesContract(host: () => Host): void {
  const cgroup = () => `/nova/${host().scope.id}/contract`;
  const folder = () => `${host().scope.run}/contract`;
  const config = () => `${folder()}/dnsmasq.conf`;
  const { signal } = new AbortController();

  /** A dnsmasq that serves names on a bridge. */
  const start = async (...lines: readonly string[]): Promise<void> => {
    await ip(host(), 'link add name lan0 type bridge', 'addr add 10.9.0.1/24 dev lan0', 'link set lan0 up');
    await host().files.makeDirectory(`${folder()}/hosts`, 0o755);
    const text = [
      'interface=lan0',
      'except-interface=lo',
      'bind-dynamic',
      'no-hosts',
      'no-resolv',
      'user=root',
      'local=/lan.internal/',
    ];
    const all = [
      ...text,
      'domain=lan.internal',
      'expand-hosts',
      `hostsdir=${folder()}/hosts`,
      `pid-file=${folder()}/pid`,
    ];
    await host().files.write(config(), [...all, ...lines, ''].join('\n'));
    const argv = ['dnsmasq', `--conf-file=${config()}`];
    await host().processes.daemon({ argv, cgroup: cgroup(), inNamespace: true });
  };
  const stop = async (): Promise<void> => {
    await host().cgroups.kill(cgroup(), signal);
    await host().cgroups.remove(cgroup());
  };
  const answer = async (name: string, expected: string) =>
    await host().probe.dns('10.9.0.1', name, [expected], 1_000, signal);

  describe('processes and cgroups', () => {
    it('starts dnsmasq in its cgroup and in the namespace of the scope', async () => {
      try {
        await start();
        const process = await processWith(host(), config());
        expect(process).toMatchObject({ cgroup: cgroup(), netns: await host().view().namespace() });
        expect(process?.argv).toEqual([expect.stringMatching(/dnsmasq$/), `--conf-file=${config()}`]);
        expect(await host().view().cgroup(cgroup())).toEqual({
          memory: undefined,
          cpu: undefined,
          pids: undefined,
          frozen: false,
        });
      } finally {
        await stop();
      }
      expect(await processWith(host(), config())).toBeUndefined();
      expect(await host().view().cgroup(cgroup())).toBeUndefined();
    });

    it('knows the processes of a cgroup and below it, each by its pid, and the CPU time that they used', async () => {
      try {
        await start();
        const process = await processWith(host(), config());
        const view = host().view();
        expect(await view.members(cgroup())).toEqual(new Map([[process?.pid, process]]));
        expect((await view.members(`/nova/${host().scope.id}`)).get(process?.pid ?? 0)).toEqual(process);
        expect(await view.process(process?.pid ?? 0)).toEqual(process);
        expect(await view.cpuTime(cgroup())).toEqual(expect.any(Number));
      } finally {
        await stop();
      }
      const view = host().view();
      expect(await view.members(cgroup())).toEqual(new Map());
      expect(await view.process(2 ** 22 + 1)).toBeUndefined();
      expect(await view.cpuTime(cgroup())).toBeUndefined();
    });

    it('answers for the names in its folder, as they come and go', async () => {
      try {
        await start();
        await host().files.write(`${folder()}/hosts/web`, '10.9.0.2 web\n', 0o644);
        await eventually(host(), async () => await answer('web.lan.internal', '10.9.0.2'), undefined);
        expect(await answer('web.lan.internal', '10.9.0.3')).toMatch(/10\.9\.0\.2/);
        await host().files.remove(`${folder()}/hosts/web`);
        await eventually(
          host(),
          async () => (await answer('web.lan.internal', '10.9.0.2')) !== undefined,
          true,
        );
      } finally {
        await stop();
      }
      expect(await answer('web.lan.internal', '10.9.0.2')).toEqual(expect.any(String));
    });

    it('says why a daemon does not start', async () => {
      const argv = ['dnsmasq', `--conf-file=${folder()}/nope`];
      try {
        const starting = host().processes.daemon({ argv, cgroup: cgroup(), inNamespace: true });
        await expect(starting).rejects.toMatchObject({
          code: 'host.command',
          message: expect.stringContaining('nope'),
        });
      } finally {
        await stop();
      }
    });

    it('signals the very process that is meant, and no other that has its pid', async () => {
      try {
        await start();
        const process = await processWith(host(), config());
        if (process === undefined) throw new Error('dnsmasq does not run');
        const { pid, startTime } = process;
        await host().processes.signal({ pid, startTime: startTime - 1 }, 'SIGKILL');
        expect((await host().view().processes()).has(pid)).toBe(true);
        await host().processes.signal({ pid, startTime }, 'SIGTERM');
        await eventually(host(), async () => (await host().view().processes()).has(pid), false);
        await host().processes.signal({ pid, startTime }, 'SIGTERM');
      } finally {
        await stop();
      }
    });

    it('gives the namespace of a process another name, and leaves it be when the name goes', async () => {
      const name = namespaceFor(host(), 'attach');
      try {
        await start();
        const process = await processWith(host(), config());
        await host().namespaces.attach(name, process?.pid ?? 0);
        await host().namespaces.attach(name, process?.pid ?? 0);
        expect((await host().view().namespaces()).get(name)).toBe(process?.netns);
        await host().namespaces.remove(name);
        expect(await processWith(host(), config())).toMatchObject({
          pid: process?.pid,
          startTime: process?.startTime,
        });
      } finally {
        await host().namespaces.remove(name);
        await stop();
      }
    });

    it('counts a cgroup that is not there as emptied and removed', async () => {
      await stop();
    });
  });
}
