import { mkdirSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { makeMachine, sh } from './machine.ts';

describe('files', () => {
  it('does not remove through a mount', async () => {
    await using machine = makeMachine({ namespace: false });
    const { folder, host } = machine;
    mkdirSync(`${folder}/tree/disk`, { recursive: true });
    sh(`mount -t tmpfs none ${folder}/tree/disk && touch ${folder}/tree/disk/precious`);
    try {
      await expect(host.files.remove(`${folder}/tree`)).rejects.toMatchObject({
        code: 'host.file',
        message: expect.stringContaining(`${folder}/tree/disk`),
      });
      expect(await host.view().list(`${folder}/tree/disk`)).toEqual(['precious']);
    } finally {
      sh(`umount ${folder}/tree/disk`);
    }
  });

  it('says that a disk is full, and that a filesystem is read-only, leaving the old file whole', async () => {
    await using machine = makeMachine({ namespace: false });
    const { folder, host } = machine;
    mkdirSync(`${folder}/small`);
    sh(`mount -t tmpfs -o size=16k none ${folder}/small`);
    try {
      await host.files.write(`${folder}/small/text`, 'old');
      const big = host.files.write(`${folder}/small/text`, 'x'.repeat(100_000));
      await expect(big).rejects.toMatchObject({ code: 'host.full' });
      expect(await host.view().read(`${folder}/small/text`)).toBe('old');
      expect(await host.view().list(`${folder}/small`)).toEqual(['text']);
      sh(`mount -o remount,ro ${folder}/small`);
      await expect(host.files.write(`${folder}/small/text`, 'new')).rejects.toMatchObject({
        code: 'host.permission',
      });
      await expect(host.files.mark(`${folder}/small/text`, 'nova:x')).rejects.toMatchObject({
        code: 'host.permission',
      });
    } finally {
      sh(`umount ${folder}/small`);
    }
  });

  it('marks files of any name, and reads all marks by one process', async () => {
    await using machine = makeMachine({ namespace: false });
    const { folder, host } = machine;
    const paths = ['plain', 'with blank', 'back\\slash', 'ünï', 'line\nbreak'].map(
      (name) => `${folder}/${name}`,
    );
    for (const path of paths) writeFileSync(path, '');
    for (const path of paths) await host.files.mark(path, `nova:12345678/demo/volume.v#${path.length}:"\\ä`);
    machine.commands.length = 0;
    const view = host.view();
    const [some, others] = await Promise.all([
      view.marks(paths.slice(0, 2)),
      view.marks([...paths.slice(2), `${folder}/no`]),
    ]);
    expect(new Map([...some, ...others])).toEqual(
      new Map(paths.map((path) => [path, `nova:12345678/demo/volume.v#${path.length}:"\\ä`])),
    );
    expect(machine.commands).toHaveLength(1);
  });
});

describe('mounts', () => {
  it('mounts an overlay below a path with a colon, and refuses one with a comma', async () => {
    await using machine = makeMachine({ namespace: false });
    const { folder, host } = machine;
    for (const name of ['lo:wer', 'up:per', 'wo:rk', 'target']) mkdirSync(`${folder}/${name}`);
    writeFileSync(`${folder}/lo:wer/seen`, '');
    const mount = {
      lower: `${folder}/lo:wer`,
      upper: `${folder}/up:per`,
      work: `${folder}/wo:rk`,
      target: `${folder}/target`,
    };
    await host.mounts.overlay(mount);
    try {
      expect(await host.view().list(mount.target)).toEqual(['seen']);
      expect((await host.view().mounts()).get(mount.target)).toMatchObject({
        type: 'overlay',
        readonly: false,
      });
    } finally {
      await host.mounts.unmount(mount.target);
    }
    await expect(host.mounts.overlay({ ...mount, lower: `${folder}/a,b` })).rejects.toMatchObject({
      code: 'host.file',
    });
  });

  it('takes away what is in use', async () => {
    await using machine = makeMachine({ namespace: false });
    const { folder, host } = machine;
    mkdirSync(`${folder}/busy`);
    sh(`mount -t tmpfs none ${folder}/busy`);
    const before = process.cwd();
    process.chdir(`${folder}/busy`);
    try {
      await host.mounts.unmount(`${folder}/busy`);
    } finally {
      process.chdir(before);
    }
    expect((await host.view().mounts()).has(`${folder}/busy`)).toBe(false);
  });
});
