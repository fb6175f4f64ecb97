import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { imageWorld, type ImageWorld } from './world.ts';

describe('an image that is imported', () => {
  let world: ImageWorld;

  beforeEach(() => {
    world = imageWorld();
    world.sh(`
      mkdir -p $F/root/bin $F/layout/blobs/sha256
      cp -p /bin/true $F/root/bin/true; chmod 4755 $F/root/bin/true; ln -s true $F/root/bin/yes
      chown 33:34 $F/root/bin/yes -h; mkdir -m 1777 $F/root/tmp
      echo '{"imageLayoutVersion":"1.0.0"}' > $F/layout/oci-layout; echo '{}' > $F/layout/index.json
      qemu-img create -q -f qcow2 $F/disk.qcow2 8M
      dd if=/dev/urandom of=$F/disk.raw bs=64k count=1 status=none; truncate -s 64M $F/disk.raw
    `);
  });
  afterEach(() => world.close());
  const from = (name: string) => ({ source: `${world.folder}/${name}` });

  it.each([
    { name: 'root', format: 'root', file: 'root', reason: 'a folder is a root' },
    {
      name: 'layout',
      format: 'oci',
      file: 'layout',
      reason: 'a folder with oci-layout is an OCI image layout',
    },
    { name: 'disk.qcow2', format: 'qcow2', file: 'disk.qcow2', reason: 'it begins as qcow2 files do' },
    { name: 'disk.raw', format: 'raw', file: 'file', reason: 'any other file is raw' },
  ])(
    'is $format, is the same as its source, and needs nothing after that: $name',
    async ({ name, format, file }) => {
      const foretold = await world.outputs(from(name));
      expect(await world.apply(from(name))).toEqual(['import']);
      expect(await world.plan(from(name))).toEqual([]);
      const outputs = await world.outputs(from(name));
      expect(outputs).toEqual({ ...foretold, made: foretold['digest'] });
      expect(outputs).toMatchObject({
        format,
        path: expect.stringMatching(`/images/demo/base/[0-9a-f]{64}/${file}$`) as string,
      });
      world.sh(`diff -r --no-dereference $F/${name} ${outputs['path']}`);
      expect(new Set(readdirSync(dirname(dirname(String(outputs['path'])))))).toEqual(
        new Set([outputs['digest'], 'current']),
      );
    },
  );

  it('keeps modes, owners and links of a root, and makes a disk readable for those who may use it', async () => {
    world.sh('chmod 600 $F/disk.raw; chown 1000:1000 $F/disk.raw');
    await world.apply(from('root'));
    const { path: root } = await world.outputs(from('root'));
    expect(world.sh(`cd ${root}; stat -c '%n %a %u:%g %F' bin/true bin/yes tmp`)).toBe(
      'bin/true 4755 0:0 regular file\nbin/yes 777 33:34 symbolic link\ntmp 1777 0:0 directory\n',
    );
    await world.apply(from('disk.raw'));
    const { path: disk } = await world.outputs(from('disk.raw'));
    expect(world.sh(`stat -c '%a %u:%g' ${disk}`)).toBe('644 0:0\n');
    expect(statSync(String(disk)).blocks * 512).toBeLessThan(2 ** 20);
  });

  it.each([
    { what: 'nothing', line: 'true', spec: { source: 'nope' }, says: 'image.missing: there is no .*nope' },
    {
      what: 'an empty folder',
      line: 'mkdir $F/empty',
      spec: { source: 'empty' },
      says: 'image.invalid: .*the folder is empty',
    },
    {
      what: 'an empty file',
      line: 'touch $F/empty',
      spec: { source: 'empty' },
      says: 'image.invalid: .*the file is empty',
    },
    { what: 'a pipe', line: 'mkfifo $F/pipe', spec: { source: 'pipe' }, says: 'neither a file nor a folder' },
    {
      what: 'a disk over another one, which could be any file of the host',
      line: 'qemu-img create -q -f qcow2 -b /etc/hostname -F raw $F/over.qcow2 8M',
      spec: { source: 'over.qcow2' },
      says: 'image.invalid: .*it has a backing file.*qemu-img convert',
    },
    {
      what: 'a disk whose data is elsewhere',
      line: 'qemu-img create -q -f qcow2 -o data_file=$F/elsewhere,data_file_raw=on $F/split.qcow2 8M',
      spec: { source: 'split.qcow2' },
      says: 'its data is in another file',
    },
    {
      what: 'another format than it has to be',
      line: 'true',
      spec: { source: 'disk.raw', format: 'qcow2' as const },
      says: 'it is no qcow2 file',
    },
    {
      what: 'a folder that has to be a layout',
      line: 'true',
      spec: { source: 'root', format: 'oci' as const },
      says: 'it holds no oci-layout',
    },
    {
      what: 'a file that has to be a root',
      line: 'true',
      spec: { source: 'disk.raw', format: 'root' as const },
      says: 'not a folder with a root',
    },
    {
      what: 'a folder that has to be a disk',
      line: 'true',
      spec: { source: 'root', format: 'raw' as const },
      says: 'it is a folder, not raw',
    },
  ])('has a problem, and makes nothing: $what', async ({ line, spec, says }) => {
    world.sh(line);
    const wanted = { ...spec, source: `${world.folder}/${spec.source}` };
    expect(await world.problems(wanted)).toEqual([expect.stringMatching(says)]);
    expect(existsSync(`${world.folder}/data`)).toBe(false);
  });

  it('is imported anew when its source changes, and keeps the one before until the next', async () => {
    const spec = from('root');
    const paths: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      world.sh(`echo ${text} > $F/root/text`);
      expect(await world.apply(spec)).toEqual(['import']);
      expect(await world.plan(spec)).toEqual([]);
      paths.push(String((await world.outputs(spec))['path']));
    }
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(paths.slice(1).map((path) => readFileSync(`${path}/text`, 'utf8'))).toEqual(['two\n', 'three\n']);
    world.sh('echo two > $F/root/text');
    await world.apply(spec);
    expect((await world.outputs(spec))['path']).toBe(paths[1]);
  });

  it('is not imported anew when its source is only touched, or copied elsewhere', async () => {
    await world.apply(from('root'));
    world.sh('touch $F/root/bin/true; cp -a $F/root $F/copy');
    expect(await world.plan(from('root'))).toEqual([]);
    expect(await world.plan(from('copy'))).toEqual([]);
  });

  it('keeps an older one that something uses', async () => {
    const spec = from('root');
    await world.apply(spec);
    const first = String((await world.outputs(spec))['path']);
    world.sh(
      `mkdir -p ${world.host.scope.data}/containers/x; echo ${first} > ${world.host.scope.data}/containers/x/lower`,
    );
    for (const text of ['one', 'two', 'three']) {
      world.sh(`echo ${text} > $F/root/text`);
      await world.apply(spec);
    }
    expect(existsSync(`${first}/bin/true`)).toBe(true);
    await expect(world.apply(undefined)).rejects.toMatchObject({ code: 'image.used' });
    expect(existsSync(`${first}/bin/true`)).toBe(true);
    world.sh(`rm -r ${world.host.scope.data}/containers`);
    expect(await world.apply(undefined)).toEqual(['drop']);
    expect(existsSync(`${world.host.scope.data}/images`)).toBe(false);
  });
});
