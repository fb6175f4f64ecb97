import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { imageWorld, type ImageWorld } from './world.ts';

describe('an image of listed files', () => {
  let world: ImageWorld;
  let other: ImageWorld;

  beforeEach(() => {
    [world, other] = [imageWorld(), imageWorld()];
    for (const { sh } of [world, other])
      sh('printf "#!/bin/sh\\n" > $F/init; chmod 750 $F/init; echo nova > $F/name; chmod 600 $F/name');
  });
  afterEach(async () => {
    for (const each of [world, other]) await each.close();
  });
  const specOf = ({ folder }: ImageWorld, type: 'initramfs' | 'root') => ({
    type,
    files: {
      '/init': `${folder}/init`,
      '/etc/hostname': `${folder}/name`,
      '/a-b': `${folder}/name`,
      '/a/b': `${folder}/name`,
    },
    links: { '/bin/sh': 'busybox', '/sbin': 'bin' },
    folders: ['/proc', '/dev/pts', '/a'],
  });
  const sum = (path: unknown) =>
    createHash('sha256')
      .update(readFileSync(String(path)))
      .digest('hex');

  it('is the same archive bit for bit from two folders, at two times', async () => {
    expect(await world.apply(specOf(world, 'initramfs'))).toEqual(['build']);
    expect(await world.plan(specOf(world, 'initramfs'))).toEqual([]);
    other.sh(
      'touch -d 2001-01-01 $F/init; sleep 1.1; cp -p $F/name $F/again; mv $F/again $F/name; ln $F/name $F/hard',
    );
    await other.apply(specOf(other, 'initramfs'));
    const [one, two] = [
      await world.outputs(specOf(world, 'initramfs')),
      await other.outputs(specOf(other, 'initramfs')),
    ];
    expect(one['digest']).toBe(two['digest']);
    expect(sum(one['path'])).toBe(sum(two['path']));
  });

  it('holds what is listed, by its name, with modes and one time', async () => {
    await world.apply(specOf(world, 'initramfs'));
    const { path } = await world.outputs(specOf(world, 'initramfs'));
    const listing = world.sh(`zcat ${path} | TZ=UTC cpio -itv --numeric-uid-gid --quiet`);
    expect(listing).toBe(readFileSync(join(import.meta.dirname, 'golden/initramfs.txt'), 'utf8'));
    expect(world.sh(`zcat ${path} | cpio -i --quiet --to-stdout etc/hostname`)).toBe('nova\n');
  });

  it('is a folder with the same in it', async () => {
    expect(await world.apply(specOf(world, 'root'))).toEqual(['build']);
    const { path } = await world.outputs(specOf(world, 'root'));
    const lines = world.sh(`cd ${path}; find . -printf '%M %U:%G %T@ %p [%l]\\n' | LC_ALL=C sort -k4,4`);
    expect(lines).toBe(readFileSync(join(import.meta.dirname, 'golden/root.txt'), 'utf8'));
  });

  it.each([
    { change: 'the contents of a file', line: 'echo other > $F/name' },
    { change: 'the mode of a file', line: 'chmod 755 $F/name' },
  ])('is made anew when it changes: $change', async ({ line }) => {
    await world.apply(specOf(world, 'root'));
    world.sh(line);
    expect(await world.apply(specOf(world, 'root'))).toEqual(['build']);
    expect(await world.plan(specOf(world, 'root'))).toEqual([]);
  });

  it('has a problem when something listed is not there, or is a folder', async () => {
    const spec = specOf(world, 'root');
    world.sh('rm $F/name');
    expect(await world.problems(spec)).toEqual([
      `image.missing: there is no ${world.folder}/name, which the image is made of`,
    ]);
    world.sh('mkdir $F/name');
    expect(await world.problems(spec)).toEqual([`image.invalid: ${world.folder}/name is not a file`]);
  });

  it('takes what a symbolic link leads to', async () => {
    world.sh('mv $F/name $F/real; ln -s real $F/name');
    await world.apply(specOf(world, 'root'));
    const { path } = await world.outputs(specOf(world, 'root'));
    expect(world.sh(`stat -c %F ${path}/etc/hostname; cat ${path}/etc/hostname`)).toBe(
      'regular file\nnova\n',
    );
  });
});
