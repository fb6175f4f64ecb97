import { existsSync, readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { imagePlace } from '../../../reconcilers/image/place.ts';
import { imageWorld, type ImageWorld } from './world.ts';

describe('an image', () => {
  let world: ImageWorld;
  let spec: { source: string };
  let path: string;

  beforeEach(async () => {
    world = imageWorld();
    world.sh(
      'mkdir -p $F/root/bin $F/root/etc; echo hello > $F/root/etc/motd; ln -s sh $F/root/bin/ash; cp /bin/true $F/root/bin/sh',
    );
    spec = { source: `${world.folder}/root` };
    await world.apply(spec);
    path = String((await world.outputs(spec))['path']);
  });
  afterEach(() => world.close());

  it.each([
    {
      hand: 'edits a file',
      line: 'echo bye > $P/etc/motd',
      drift: 'changed',
      says: '/etc/motd in .* was changed',
    },
    {
      hand: 'replaces a file by the same',
      line: 'cp $P/etc/motd $F/x; mv $F/x $P/etc/motd',
      drift: 'changed',
      says: '/etc/motd',
    },
    { hand: 'removes a file', line: 'rm $P/etc/motd', drift: 'missing', says: '/etc/motd in .* is missing' },
    { hand: 'removes a link', line: 'rm $P/bin/ash', drift: 'missing', says: '/bin/ash' },
    {
      hand: 'puts a folder in the place of a file',
      line: 'rm $P/etc/motd; mkdir -p $P/etc/motd/x',
      drift: 'changed',
      says: '/etc/motd',
    },
    {
      hand: 'puts a file in the place of a folder',
      line: 'rm -r $P/etc; touch $P/etc',
      drift: 'missing',
      says: '/etc',
    },
    {
      hand: 'adds a file',
      line: 'touch $P/etc/more',
      drift: 'changed',
      says: '/etc/more in .* does not belong',
    },
    { hand: 'changes a mode', line: 'chmod 700 $P/bin', drift: 'changed', says: '/bin in .* was changed' },
    { hand: 'removes all of it', line: 'rm -r $P', drift: 'missing', says: 'the image in .* is missing' },
    {
      hand: 'removes what was noted of it',
      line: 'rm $P/../record.json',
      drift: 'missing',
      says: 'not been imported',
    },
    { hand: 'removes its pointer', line: 'rm $P/../../current', drift: 'missing', says: 'not been imported' },
    {
      hand: 'removes its folder',
      line: 'rm -r $(dirname $(dirname $P))',
      drift: 'missing',
      says: 'not been imported',
    },
  ])('is mended when somebody $hand', async ({ line, drift, says }) => {
    const before = world.sh(`find $F/data -printf '%P %m %l %s\\n' | grep -v record.json | sort`);
    world.sh(line.replaceAll('$P', path));
    expect(await world.plan(spec)).toMatchObject([
      { id: 'import', effect: 'live', class: drift, reason: expect.stringMatching(says) as string },
    ]);
    expect(await world.apply(spec)).toEqual(['import']);
    expect(await world.plan(spec)).toEqual([]);
    expect(world.sh(`find $F/data -printf '%P %m %l %s\\n' | grep -v record.json | sort`)).toBe(before);
    world.sh(`diff -r --no-dereference $F/root ${path}`);
  });

  it('stays the folder that others have mounted when it is mended', async () => {
    const inode = world.sh(`stat -c %i ${path} ${path}/etc`);
    world.sh(`echo bye > ${path}/etc/motd`);
    await world.apply(spec);
    expect(world.sh(`stat -c %i ${path} ${path}/etc`)).toBe(inode);
  });

  it('goes on as it is when its source is gone, which is a problem', async () => {
    world.sh('rm -r $F/root');
    expect(await world.problems(spec)).toEqual([expect.stringMatching('^image.missing: ')]);
    const observation = await world.observe(spec);
    expect(observation).toMatchObject({
      status: 'present',
      seen: { current: { damages: [] }, wanted: undefined },
    });
  });

  it('is made whole when it was cut off half-made', async () => {
    const place = imagePlace(world.host.scope, 'demo', 'image.base');
    world.sh(`mkdir -p ${place.work}/root; touch ${place.work}/root/half; mkdir ${place.temporary}`);
    expect(await world.apply(spec)).toEqual(['unfinished']);
    expect(readdirSync(`${place.path}/..`)).toEqual(['base']);
    world.sh(`mkdir -p ${place.work}/root; echo more > $F/root/etc/more`);
    expect(await world.apply(spec)).toEqual(['import']);
    expect(readdirSync(place.path)).not.toContain('.new');
  });

  it.each([
    {
      what: 'a folder that was there before',
      line: 'mkdir -p $I; touch $I/theirs',
      why: 'was not made by Nova',
    },
    { what: 'a file', line: 'touch $I', why: 'is not a folder' },
    { what: 'a copy', line: 'cp -a $I.old $I', why: 'a copy' },
  ])('is foreign, and leaves it alone: $what', async ({ line, why }) => {
    const place = imagePlace(world.host.scope, 'demo', 'image.base');
    world.sh(`mv ${place.path} ${place.path}.old; ${line.replaceAll('$I', place.path)}`);
    expect(await world.observe(spec)).toMatchObject({
      status: 'foreign',
      why: expect.stringContaining(why) as string,
    });
    const before = readdirSync(world.folder, { recursive: true });
    await expect(world.apply(spec)).rejects.toMatchObject({ code: 'host.foreign' });
    expect(readdirSync(world.folder, { recursive: true })).toEqual(before);
  });

  it('is not taken away while a process works with it', async () => {
    const user = spawn('tail', ['-f', `${path}/etc/motd`], { stdio: 'ignore' });
    await once(user, 'spawn');
    try {
      await expect(world.apply(undefined)).rejects.toMatchObject({
        code: 'image.used',
        message: expect.stringContaining(`process ${user.pid}`) as string,
      });
    } finally {
      user.kill('SIGKILL');
      await once(user, 'exit');
    }
    expect(existsSync(`${path}/bin/sh`)).toBe(true);
    expect(await world.apply(undefined)).toEqual(['drop']);
    expect(await world.plan(undefined)).toEqual([]);
  });
});
