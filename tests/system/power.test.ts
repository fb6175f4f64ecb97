import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createWorld, type World } from './support/world.ts';

const novaFile = `
project = "power"
[network.lan]
subnet = "192.168.88.1/24"
[container.web]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; echo up; sleep 100000 & wait"]
network = "lan"
restart = "always"
stop_timeout = 5
[container.job]
capsule = "./root"
command = ["echo", "done"]
restart = "never"
`;

let world: World;
let before: string[];

beforeAll(async () => {
  world = await createWorld();
  before = await world.state();
  await world.write(novaFile);
  await world.novaMust(['run', 'network.lan']);
});

afterAll(async () => world[Symbol.asyncDispose]());

async function states(): Promise<Record<string, string>> {
  const { resources } = JSON.parse(await world.novaMust(['ls', '--json'])) as {
    resources: { address: string; state: string }[];
  };
  return Object.fromEntries(resources.map(({ address, state }) => [address, state]));
}

describe('run, stop, start and restart', () => {
  it('applies one resource with what it depends on, and nothing else, without asking', async () => {
    expect(await states()).toMatchObject({ 'network.lan': 'up', 'container.web': 'absent' });
    expect(await world.novaMust(['run', 'web'])).toContain('Apply: 1 of 1 applied.');
    expect(await states()).toMatchObject({ 'container.web': 'running', 'container.job': 'absent' });
  });

  it('refuses to start what was never made', async () => {
    const { code, stderr } = await world.nova(['start', 'job']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('`nova run container.job` makes it')]);
  });

  it('stops one against its restart policy, says how long, and it shows as drift', async () => {
    await world.novaMust(['apply', '--yes']);
    const said = await world.novaMust(['stop', 'web', 'job']);
    expect(said).toContain(
      'container.web is stopped. It stays so until `nova start container.web` or the next `nova apply`',
    );
    expect(said).toContain('container.job does not run; nothing was done.');
    await sleep(1500);
    expect((await states())['container.web']).toBe('stopped');
    expect(await world.drift()).toMatchObject([
      { address: 'container.web', class: 'stopped', cause: 'host' },
    ]);
  });

  it('starts it again, and nothing differs', async () => {
    expect(await world.novaMust(['start', 'web'])).toBe('container.web is started and ready.\n');
    expect(await world.novaMust(['start', 'web'])).toContain('runs already');
    expect(await world.drift()).toEqual([]);
  });

  it('is started by the next apply too', async () => {
    await world.novaMust(['stop', 'web']);
    expect(await world.novaMust(['apply', '--yes'])).toContain('Apply: 1 of 1 applied.');
    expect((await states())['container.web']).toBe('running');
  });

  it('restarts it: another process, and its policy holds again', async () => {
    const pid = async (): Promise<string> =>
      world.novaMust(['exec', 'web', '--', 'cut', '-d', ' ', '-f', '22', '/proc/1/stat']);
    const first = await pid();
    const { resources } = JSON.parse(await world.novaMust(['restart', 'web', '--json'])) as {
      resources: unknown;
    };
    expect(resources).toMatchObject([{ address: 'container.web', changed: true }]);
    expect(await pid()).not.toBe(first);
    expect(await world.drift()).toEqual([]);
  });

  it('runs a job again that is done', async () => {
    await world.novaMust(['start', 'job']);
    await expect.poll(() => world.novaMust(['logs', 'job'])).toBe('done\ndone\n');
    await expect.poll(() => world.drift()).toEqual([]);
  });

  it('names what cannot be stopped', async () => {
    const { code, stderr } = await world.nova(['stop', 'network.lan']);
    expect(code).toBe(1);
    expect(stderr).toContain('what can be stopped and started: container.job, container.web');
  });

  it('leaves nothing behind', async () => {
    await world.novaMust(['stop', 'web']);
    await world.novaMust(['destroy', '--yes']);
    expect(await world.state()).toEqual(before);
  });
});
