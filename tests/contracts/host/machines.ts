import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';
import { linkName } from '../../../reconcilers/identity.ts';
import { placeOf } from '../../../reconcilers/place.ts';
import { findQemu } from '../../../reconcilers/vm/lookAt.ts';
import { nicName } from '../../../reconcilers/vm/nic.ts';
import { vmPaths } from '../../../reconcilers/vm/paths.ts';
import { qemuArgs } from '../../../reconcilers/vm/qemuArgs.ts';
import { eventually, ip, linkOf } from './shared.ts';

export function machinesContract(host: () => Host): void {
  const place = () => placeOf(host(), 'vm.box');
  const paths = () => vmPaths(host().scope, place().identity);
  const qemu = async () => findQemu((await host().view().processes()).values(), place().identity);
  const status = () => host().view().qmp(paths().qmp);
  const { signal } = new AbortController();

  /** A machine with a disk that holds nothing, on a TAP. */
  const start = async (up = async () => (await status()) !== undefined): Promise<void> => {
    const hardware = {
      place: place(),
      cpu: 1,
      memory: 32 * 2 ** 20,
      accelerator: 'tcg' as const,
      boot: undefined,
    };
    await host().processes.start({
      argv: qemuArgs({ ...hardware, disk: true, network: { mtu: 1500 } }),
      cgroup: paths().cgroup,
      inNamespace: true,
      up,
    });
  };
  const prepare = async (): Promise<void> => {
    const base = `${host().scope.data}/a base, really.raw`;
    await host().files.write(base, 'x'.repeat(65_536));
    for (const folder of [paths().run, paths().data]) await host().files.makeDirectory(folder);
    await host().disks.overlay({ path: paths().disk, base, size: 2 ** 20 });
    await ip(host(), 'tuntap add dev nt0 mode tap', `link set nt0 name ${linkName(place().identity)}`);
  };
  const stop = async (): Promise<void> => {
    await host().cgroups.kill(paths().cgroup, signal);
    await host().cgroups.remove(paths().cgroup);
  };

  describe('machines', () => {
    it('makes a TAP, which is a link of the kind tun', async () => {
      await ip(host(), 'tuntap add dev nt0 mode tap', 'link set nt0 alias nova:00000000/demo/vm.box');
      expect(await linkOf(host(), 'nt0')).toMatchObject({ kind: 'tun', up: false, mtu: 1500 });
      await ip(host(), 'link set nt0 name tap0', 'link set tap0 mtu 1400 up', 'link del tap0');
      expect(await linkOf(host(), 'tap0')).toBeUndefined();
    });

    it('makes a disk over another, and makes it larger', async () => {
      await prepare();
      const { disk } = paths();
      const backing = `${host().scope.data}/a base, really.raw`;
      expect(await host().view().disk(backing)).toEqual({ format: 'raw', size: 65_536, backing: undefined });
      expect(await host().view().disk(disk)).toEqual({ format: 'qcow2', size: 2 ** 20, backing });
      await host().disks.grow(disk, 2 ** 21);
      expect(await host().view().disk(disk)).toEqual({ format: 'qcow2', size: 2 ** 21, backing });
      expect(await host().view().disk(`${disk}.other`)).toBeUndefined();
    });

    it('runs a machine that answers, pauses, goes on, grows its disk and quits', async () => {
      await prepare();
      await start();
      try {
        expect(await status()).toBe('running');
        expect(await qemu()).toMatchObject({
          cgroup: paths().cgroup,
          netns: await host().view().namespace(),
        });
        const run = (execute: string, given = {}) =>
          host().qmp.run(paths().qmp, [{ execute, arguments: given }], 5_000);
        await run('stop');
        expect(await status()).toBe('paused');
        await run('cont');
        expect(await status()).toBe('running');
        await run('block_resize', { 'node-name': 'disk', size: 2 ** 21 });
        expect((await host().view().disk(paths().disk))?.size).toBe(2 ** 21);
        await expect(run('nothing-like-it')).rejects.toMatchObject({ code: 'host.command' });
        const absent = { execute: 'netdev_del', arguments: { id: 'nothing' } } as const;
        await expect(host().qmp.run(paths().qmp, [absent], 5_000)).rejects.toMatchObject({
          code: 'host.command',
        });
        await host().qmp.run(paths().qmp, [{ ...absent, tolerate: 'absent' }], 5_000);
        expect(await host().view().peripherals(paths().qmp)).toContain(nicName);
        await run('quit');
        await eventually(host(), qemu, undefined);
      } finally {
        await stop();
      }
    });

    it('does not start a second machine on one disk', async () => {
      await prepare();
      await start();
      try {
        await expect(start(async () => false)).rejects.toMatchObject({ code: 'host.command' });
        expect(await status()).toBe('running');
      } finally {
        await stop();
      }
    });

    it('moves a machine to a control group, if it is that very process', async () => {
      await prepare();
      await start();
      try {
        const found = await qemu();
        if (found === undefined) throw new Error('there is no QEMU');
        await host().cgroups.move(`${paths().cgroup}/other`, found);
        expect((await qemu())?.cgroup).toBe(`${paths().cgroup}/other`);
        await host().cgroups.move(paths().cgroup, { ...found, startTime: 1 });
        expect((await qemu())?.cgroup).toBe(`${paths().cgroup}/other`);
        await host().processes.signal(found, 'SIGKILL');
        await eventually(host(), qemu, undefined);
        expect(await status()).toBeUndefined();
      } finally {
        await stop();
      }
    });
  });
}
