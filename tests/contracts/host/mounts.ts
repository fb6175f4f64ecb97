import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';

export function mountsContract(host: () => Host): void {
  const layers = async () => {
    const base = `${host().scope.data}/contract-mounts`;
    const paths = {
      lower: `${base}/lower`,
      upper: `${base}/upper`,
      work: `${base}/work`,
      target: `${base}/target`,
    };
    for (const path of Object.values(paths)) await host().files.makeDirectory(path, 0o755);
    return { base, ...paths };
  };

  describe('mounts', () => {
    it('mounts an overlay and shows its folders', async () => {
      const { base, ...paths } = await layers();
      await host().mounts.overlay(paths);
      try {
        const mount = (await host().view().mounts()).get(paths.target);
        expect(mount).toMatchObject({
          target: paths.target,
          type: 'overlay',
          root: '/',
          source: 'overlay',
          readonly: false,
        });
        expect(mount?.options.split(',')).toEqual(
          expect.arrayContaining([
            `lowerdir=${paths.lower}`,
            `upperdir=${paths.upper}`,
            `workdir=${paths.work}`,
          ]),
        );
        await expect(host().files.remove(base)).rejects.toMatchObject({ code: 'host.file' });
      } finally {
        await host().mounts.unmount(paths.target);
      }
      expect((await host().view().mounts()).has(paths.target)).toBe(false);
      await host().files.remove(base);
      expect(await host().view().stat(base)).toBeUndefined();
    });

    it('takes away all mounts at a target and below it, and counts none as done', async () => {
      const { base, ...first } = await layers();
      const [outer, inner] = [first.target, `${first.target}/inner`];
      await host().files.makeDirectory(`${first.lower}/inner`);
      await host().files.makeDirectory(inner);
      await host().mounts.overlay(first);
      try {
        for (const name of ['upper2', 'work2']) await host().files.makeDirectory(`${base}/${name}`);
        await host().mounts.overlay({
          lower: first.lower,
          upper: `${base}/upper2`,
          work: `${base}/work2`,
          target: inner,
        });
      } finally {
        await host().mounts.unmount(outer);
      }
      await host().mounts.unmount(outer);
      const targets = [...(await host().view().mounts()).keys()];
      expect(targets.filter((target) => target.startsWith(base))).toEqual([]);
    });

    it('fails when a layer is not there', async () => {
      const { base: _, ...paths } = await layers();
      await host().files.remove(paths.lower);
      await expect(host().mounts.overlay(paths)).rejects.toMatchObject({ code: 'host.command' });
    });
  });
}
