import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { twoCapsules } from './novaFiles.ts';
import type { World } from './world.ts';

/** The path, end to end, on a host of either sort. */
export function pathSuite(createWorld: () => Promise<World>): void {
  let world: World;
  let before: string[];

  beforeAll(async () => {
    world = await createWorld();
    before = await world.state();
    await world.write(twoCapsules);
  });

  afterAll(async () => world[Symbol.asyncDispose]());

  it('plans four things to add on a host that has none of them', async () => {
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('Plan: 4 to add, 0 to change, 0 to destroy.');
  });

  it('applies it, and the capsules find each other by name', async () => {
    const report = await world.novaMust(['apply', '--yes']);
    expect(report).toContain('Apply: 4 of 4 applied.');
    expect(await world.novaMust(['logs', 'visitor'])).toBe('hello\n');
  });

  it('publishes the port on the host of that namespace', async () => {
    expect(await world.inside(['curl', '-s', '--max-time', '5', 'http://192.168.77.1:8080/'])).toBe(
      'hello\n',
    );
  });

  it('has nothing to do when it is applied again, and starts no process that changes anything', async () => {
    const record = join(world.folder, 'commands');
    const report = await world.novaMust(['apply', '--yes'], { env: { NOVA_COMMAND_LOG: record } });
    expect(report).toContain('Nothing to do');
    const commands = (await world.read(record))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { effect: string });
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter(({ effect }) => effect !== 'read')).toEqual([]);
  });

  it('lists everything as running', async () => {
    const { resources } = JSON.parse(await world.novaMust(['ls', '--json'])) as {
      resources: { address: string; state: string; drift: string | null }[];
    };
    expect(resources.map(({ address, drift }) => [address, drift])).toEqual([
      ['container.visitor', null],
      ['container.web', null],
      ['network.lan', null],
      ['volume.pages', null],
    ]);
    expect(
      resources.filter(({ address }) => address.startsWith('container')).map(({ state }) => state),
    ).toEqual(['running', 'running']);
  });

  it('runs a command in a capsule and ends with its status', async () => {
    const script = 'cat /srv/pages/index.html; exit 7';
    const { code, stdout } = await world.nova(['exec', 'web', '--', 'sh', '-c', script]);
    expect([code, stdout]).toEqual([7, 'hello\n']);
  });

  it('says exactly what a changed line does, and does it without touching the rest', async () => {
    const pid = await world.novaMust(['exec', 'visitor', '--', 'sh', '-c', 'cat /proc/1/stat']);
    await world.write(twoCapsules.replace('"64Mi"', '"96Mi"'));
    const { code, stdout } = await world.nova(['plan', '--json', '--detailed-exitcode']);
    const plan = JSON.parse(stdout) as {
      resource_changes: { address: string; change: { actions: string[]; before: unknown; after: unknown } }[];
    };
    expect(code).toBe(2);
    const changing = plan.resource_changes.filter(({ change }) => change.actions[0] !== 'no-op');
    expect(changing.map(({ address, change }) => [address, change.actions])).toEqual([
      ['container.web', ['update']],
    ]);
    expect(changing[0]?.change).toMatchObject({
      before: { limits: { memory: 64 * 1024 ** 2 } },
      after: { limits: { memory: 96 * 1024 ** 2 } },
    });
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    const after = await world.novaMust(['exec', 'visitor', '--', 'sh', '-c', 'cat /proc/1/stat']);
    expect(after.split(' ')[21]).toBe(pid.split(' ')[21]);
  });

  it('needs no state to know what it owns', async () => {
    await world.remove(world.stateDirectory);
    expect(await world.drift()).toEqual([]);
    expect(await world.novaMust(['apply', '--yes'])).toContain('Nothing to do');
  });

  it('keeps the volume when it destroys the rest', async () => {
    await world.novaMust(['destroy', '--yes']);
    const page = join(world.scope.data, 'volumes/demo/pages/index.html');
    expect(await world.read(page)).toBe('hello\n');
    await world.writeAt(page, 'kept\n');
  });

  it('leaves the host as it was before', async () => {
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await world.state()).toEqual(before);
  });
}
