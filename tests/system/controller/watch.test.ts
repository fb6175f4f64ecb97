import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { remembered, startController, until } from '../support/controller.ts';
import { createWorld, type World } from '../support/world.ts';

const lan = '[network.lan]\nsubnet = "192.168.81.1/24"\n';
const web = '[container.web]\ncapsule = "./root"\ncommand = ["sleep", "1000"]\nstop_timeout = 1\n';
const file = (...parts: readonly string[]): string => ['project = "watched"\n', ...parts].join('');

describe('nova watch', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());
  const watching = ['watch', '--json', '--name', 'lab'];
  const state = () => remembered(world);

  it('--once makes the host as the file says, and ends with 0', async () => {
    await world.write(file(lan, web));
    const { code, stdout } = await world.nova(['watch', '--json', '--name', 'lab', '--once']);
    expect(code, stdout).toBe(0);
    expect(await world.drift()).toEqual([]);
    expect(state().ready('lab')).toBe('true Converged');
  });

  it('--once ends with 1 when something is wrong with the file, and the host is as it was', async () => {
    const before = await world.state('inside');
    await world.write(`${file(lan, web)}[volume`);
    expect((await world.nova([...watching, '--once'])).code).toBe(1);
    expect(state().ready('lab')).toBe('false toml.syntax');
    expect(await world.state('inside')).toEqual(before);
  });

  it('follows the file, one that is put in its place too, and leaves everything running when it ends', async () => {
    await world.write(file(lan, web));
    await using running = startController(world, watching);
    await until('as declared', () => state().ready('lab') === 'true Converged');
    await world.write(file(lan, web, '[volume.data]\n'));
    await until('a volume', () => state().ready('lab', 'volume.data') === 'true Converged');
    const next = join(world.folder, 'next');
    await writeFile(next, file(lan, web, '[volume.data]\n[volume.more]\n'));
    await rename(next, world.file);
    await until('another volume', () => state().ready('lab', 'volume.more') === 'true Converged');
    const before = (await world.state('inside')).filter(isLeft);
    expect(await running.stop(), running.output()).toBe(0);
    expect((await world.state('inside')).filter(isLeft)).toEqual(before);
    expect(await world.drift()).toEqual([]);
  });

  it('gives up waiting for what does not get well as soon as there is something newer', async () => {
    const sick = 'health = { exec = ["false"], interval = 1, deadline = 300 }\n';
    await world.write(file(lan, web, sick));
    await using _running = startController(world, [...watching, '--auto', 'create,update,restart']);
    await until('it waits', () => state().ready('lab', 'container.web') === 'false Converging');
    await world.write(file(lan, web, '[volume.later]\n'));
    await until('the newer one is good', () => state().ready('lab') === 'true Converged');
    expect(await world.drift()).toEqual([]);
  });

  it('is one at a time for a state folder', async () => {
    await using running = startController(world, watching);
    await until('at work', () => running.output().includes('following'));
    const second = await world.nova([...watching, '--once']);
    expect(second.code).toBe(1);
    expect(second.stdout + second.stderr).toContain(`pid ${running.pid}`);
  });
});

/** All but the controller's own: its process, its lock, the cgroup in which it changes things. */
function isLeft(line: string): boolean {
  return !/watched\.lock|work-watched|cli\.[jt]s watch/.test(line);
}
