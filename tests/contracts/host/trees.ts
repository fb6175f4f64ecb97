import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';
import type { TreePart } from '../../../reconcilers/host/tree.ts';

export function treesContract(host: () => Host): void {
  const at = (path: string): string => `${host().scope.data}/contract/${path}`;
  const lines = async (path: string): Promise<readonly string[] | undefined> => {
    const entries = await host().view().tree(at(path));
    return entries?.map(({ path: inner, type, mode, uid, gid, size, target }) => {
      const what = target ?? (type === 'file' ? `${size}` : '');
      return `${inner} ${type}${type === 'symlink' ? '' : ` ${mode.toString(8)}`} ${uid}:${gid} ${what}`.trimEnd();
    });
  };
  const makeSource = async (): Promise<void> => {
    await host().files.makeDirectory(at('one'), 0o750);
    await host().files.write(at('one/b/text'), 'hello', 0o4711);
    await host().files.chown(at('one/b'), 33, 34);
    await host().files.write(at('one/b-c'), 'other', 0o600);
    await host().files.symlink('b/text', at('one/link'));
    await host().files.symlink('b', at('one/folder'));
  };
  const source = [
    ' directory 750 0:0',
    '/b directory 755 33:34',
    '/b-c file 600 0:0 5',
    '/b/text file 4711 0:0 5',
    '/folder symlink 0:0 b',
    '/link symlink 0:0 b/text',
  ];

  describe('trees', () => {
    it('shows a tree by the bytes of its paths, without following the links in it', async () => {
      await makeSource();
      expect(await lines('one')).toEqual(source);
      expect(await lines('one/b-c')).toEqual([' file 600 0:0 5']);
      expect(await lines('nope')).toBeUndefined();
    });

    it('shows what a link at the path itself leads to', async () => {
      await makeSource();
      await host().files.symlink('one', at('alias'));
      await host().files.symlink('nope', at('broken'));
      expect(await lines('alias')).toEqual(source);
      expect(await lines('broken')).toBeUndefined();
    });

    it('copies a tree as it is, over whatever is there', async () => {
      await makeSource();
      await host().files.write(at('two/old'), '');
      await host().trees.copy(at('one'), at('two'));
      expect(await lines('two')).toEqual(source);
      await host().trees.copy(at('one/b-c'), at('two'));
      expect(await lines('two')).toEqual([' file 600 0:0 5']);
      await expect(host().trees.copy(at('nope'), at('two'))).rejects.toMatchObject({ code: 'host.file' });
    });

    it('tells apart what was written, and not what was copied', async () => {
      await makeSource();
      await host().trees.copy(at('one/b-c'), at('two'));
      const view = host().view();
      const [before, copy, hash] = [
        await view.tree(at('one/b-c')),
        await view.tree(at('two')),
        await view.sha256(at('one/b-c')),
      ];
      expect(copy?.[0]?.mtime).toBe(before?.[0]?.mtime);
      expect(copy?.[0]?.inode).not.toBe(before?.[0]?.inode);
      expect(hash).toBe('d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa');
      expect(await view.sha256(at('two'))).toBe(hash);
      await host().files.write(at('one/b-c'), 'again', 0o600);
      const now = host().view();
      expect((await now.tree(at('one/b-c')))?.[0]?.mtime).not.toBe(before?.[0]?.mtime);
      expect(await now.sha256(at('one/b-c'))).not.toBe(hash);
      expect(await now.sha256(at('nope'))).toBeUndefined();
    });

    it('reads the first bytes of a file', async () => {
      await host().files.write(at('text'), 'one two');
      expect(await host().view().head(at('text'), 3)).toBe('one');
      expect(await host().view().head(at('text'), 100)).toBe('one two');
      expect(await host().view().head(at('nope'), 3)).toBeUndefined();
    });

    const parts = (): readonly TreePart[] => [
      { path: '', type: 'directory', mode: 0o755, from: '' },
      { path: '/bin', type: 'directory', mode: 0o755, from: '' },
      { path: '/bin/sh', type: 'symlink', mode: 0o777, from: 'tool' },
      { path: '/bin/tool', type: 'file', mode: 0o4755, from: at('one/b/text') },
    ];
    const assembled = [
      ' directory 755 0:0',
      '/bin directory 755 0:0',
      '/bin/sh symlink 0:0 tool',
      '/bin/tool file 4755 0:0 5',
    ];

    it('assembles a tree of exactly the parts given', async () => {
      await makeSource();
      await host().files.write(at('two/old'), '');
      for (let time = 0; time < 2; time += 1) await host().trees.assemble(parts(), at('two'));
      expect(await lines('two')).toEqual(assembled);
      expect(await host().view().read(at('two/bin/sh'))).toBe('hello');
    });

    it('packs the same tree into the same archive', async () => {
      await makeSource();
      for (const name of ['two', 'three']) {
        await host().trees.assemble(parts(), at(name));
        await host().trees.pack(at(name), at(`${name}.gz`));
      }
      const view = host().view();
      expect(await view.sha256(at('two.gz'))).toBe(await view.sha256(at('three.gz')));
      await host().files.chmod(at('two/bin/tool'), 0o755);
      await host().trees.pack(at('two'), at('two.gz'));
      expect(await host().view().sha256(at('two.gz'))).not.toBe(await view.sha256(at('three.gz')));
      expect(await host().view().list(at('.'))).toEqual(['one', 'three', 'three.gz', 'two', 'two.gz']);
    });

    it('puts a tree in the place of another one, whose folders stay what they are', async () => {
      await makeSource();
      await host().trees.assemble(parts(), at('two'));
      await host().files.write(at('one/bin/old'), '');
      await host().files.makeDirectory(at('one/bin/tool/folder'));
      const before = await host().view().stat(at('one/bin'));
      await host().trees.replace(at('two'), at('one'));
      expect(await lines('one')).toEqual(assembled);
      expect((await host().view().stat(at('one/bin')))?.inode).toBe(before?.inode);
    });

    it('puts a file in the place of nothing, of a file, and of a folder', async () => {
      await host().files.write(at('two/x'), '');
      for (const name of ['one', 'one', 'two']) {
        await host().files.write(at('text'), 'hello', 0o644);
        await host().trees.replace(at('text'), at(name));
        expect(await lines(name)).toEqual([' file 644 0:0 5']);
      }
    });
  });
}
