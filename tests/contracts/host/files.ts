import { describe, expect, it } from 'vitest';

import type { Host } from '../../../reconcilers/host/host.ts';

export function filesContract(host: () => Host): void {
  const at = (path: string): string => `${host().scope.data}/contract/${path}`;

  describe('files', () => {
    it('writes a file with its parents, which everybody may enter', async () => {
      await host().files.write(at('a/b/text'), 'one\n');
      expect(await host().view().read(at('a/b/text'))).toBe('one\n');
      expect(await host().view().stat(at('a/b/text'))).toMatchObject({
        type: 'file',
        mode: 0o600,
        uid: 0,
        gid: 0,
      });
      expect(await host().view().stat(at('a/b'))).toMatchObject({ type: 'directory', mode: 0o755 });
    });

    it('replaces a file whole, with nothing left beside it', async () => {
      await host().files.write(at('text'), 'one', 0o644);
      const before = await host().view().stat(at('text'));
      await host().files.write(at('text'), 'two', 0o640);
      expect(await host().view().read(at('text'))).toBe('two');
      const after = await host().view().stat(at('text'));
      expect(after?.mode).toBe(0o640);
      expect(after?.inode).not.toBe(before?.inode);
      expect(await host().view().list(at('.'))).toEqual(['text']);
    });

    it('rewrites the very file, be the text shorter or longer, and makes one that is not there', async () => {
      await host().files.rewrite(at('text'), 'one and more', 0o644);
      const before = await host().view().stat(at('text'));
      await host().files.rewrite(at('text'), 'two');
      expect(await host().view().read(at('text'))).toBe('two');
      await host().files.rewrite(at('text'), 'three and more');
      expect(await host().view().read(at('text'))).toBe('three and more');
      expect(await host().view().stat(at('text'))).toMatchObject({ mode: 0o644, inode: before?.inode });
      expect(await host().view().list(at('.'))).toEqual(['text']);
    });

    it('takes a mark away, and does not mind when there is none', async () => {
      await host().files.makeDirectory(at('folder'));
      await host().files.mark(at('folder'), 'nova:whose');
      expect(
        (
          await host()
            .view()
            .marks([at('folder')])
        ).get(at('folder')),
      ).toBe('nova:whose');
      await host().files.unmark(at('folder'));
      await host().files.unmark(at('folder'));
      expect(
        (
          await host()
            .view()
            .marks([at('folder')])
        ).size,
      ).toBe(0);
    });

    it('gives a new folder its mode, and leaves one that exists alone', async () => {
      await host().files.makeDirectory(at('a/folder'));
      expect(await host().view().stat(at('a/folder'))).toMatchObject({ type: 'directory', mode: 0o700 });
      await host().files.makeDirectory(at('a/folder'), 0o777);
      expect((await host().view().stat(at('a/folder')))?.mode).toBe(0o700);
      await host().files.makeDirectory(at('open'), 0o1777);
      expect((await host().view().stat(at('open')))?.mode).toBe(0o1777);
    });

    it('refuses to make a folder where a file is', async () => {
      await host().files.write(at('text'), '');
      await expect(host().files.makeDirectory(at('text'))).rejects.toMatchObject({ code: 'host.file' });
      await expect(host().files.write(at('text/below'), '')).rejects.toMatchObject({ code: 'host.file' });
    });

    it('changes mode and owner', async () => {
      await host().files.makeDirectory(at('folder'));
      await host().files.chmod(at('folder'), 0o750);
      await host().files.chown(at('folder'), 1000, 1001);
      expect(await host().view().stat(at('folder'))).toMatchObject({ mode: 0o750, uid: 1000, gid: 1001 });
      await expect(host().files.chmod(at('nope'), 0o750)).rejects.toMatchObject({ code: 'host.file' });
    });

    it('makes and replaces a symbolic link, which is read through but not seen through', async () => {
      await host().files.write(at('one'), '1');
      await host().files.write(at('two'), '2');
      await host().files.symlink('one', at('link'));
      await host().files.symlink('two', at('link'));
      expect(await host().view().read(at('link'))).toBe('2');
      expect((await host().view().stat(at('link')))?.type).toBe('symlink');
    });

    it('renames a file over another', async () => {
      await host().files.write(at('one'), '1');
      await host().files.write(at('two'), '2');
      await host().files.rename(at('one'), at('two'));
      expect(await host().view().list(at('.'))).toEqual(['two']);
      expect(await host().view().read(at('two'))).toBe('1');
      await expect(host().files.rename(at('one'), at('two'))).rejects.toMatchObject({ code: 'host.file' });
    });

    it('removes a folder with everything in it, and counts an absent one as removed', async () => {
      await host().files.write(at('a/b/c'), '');
      await host().files.remove(at('a'));
      await host().files.remove(at('a'));
      expect(await host().view().stat(at('a'))).toBeUndefined();
    });

    it('removes an empty folder only', async () => {
      await host().files.write(at('full/text'), '');
      await host().files.makeDirectory(at('empty'));
      for (const name of ['full', 'empty', 'absent']) await host().files.removeEmpty(at(name));
      expect(await host().view().list(at('.'))).toEqual(['full']);
    });

    it('says of what is not there that it is not there', async () => {
      const view = host().view();
      expect(await view.read(at('nope'))).toBeUndefined();
      expect(await view.list(at('nope'))).toBeUndefined();
      expect(await view.stat(at('nope/deeper'))).toBeUndefined();
      expect(await view.tail(at('nope'), 10)).toBeUndefined();
    });

    it('reads the last bytes of a file', async () => {
      await host().files.write(at('log'), 'one two three');
      expect(await host().view().tail(at('log'), 5)).toBe('three');
      expect(await host().view().tail(at('log'), 500)).toBe('one two three');
    });

    it('keeps a mark through a rename, and loses it with the file', async () => {
      const mark = 'nova:00000000/demo/volume.data';
      await host().files.makeDirectory(at('folder'));
      await host().files.write(at('text'), '');
      await host().files.mark(at('folder'), mark);
      await host().files.mark(at('text'), mark);
      await host().files.rename(at('folder'), at('moved'));
      await host().files.write(at('text'), 'again');
      const marks = await host()
        .view()
        .marks([at('moved'), at('text'), at('folder'), at('nope')]);
      expect(marks).toEqual(new Map([[at('moved'), mark]]));
    });
  });
}
