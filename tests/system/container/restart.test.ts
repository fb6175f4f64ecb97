import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => world[Symbol.asyncDispose]());

/** A capsule that writes a line into its volume each time it runs. */
const counting = (restart: string, then: string): string => `
project = "demo"

[volume.data]

[container.app]
capsule = "./root"
command = ["sh", "-c", "echo run >> /data/runs; ${then}"]
volumes = ["data:/data"]
restart = "${restart}"
stop_timeout = 1
`;

async function runs(): Promise<number> {
  const text = await readFile(join(world.scope.data, 'volumes/demo/data/runs'), 'utf8').catch(() => '');
  return text.split('\n').length - 1;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await condition()); attempt += 1) {
    if (attempt === 900) throw new Error('it did not come to that within 90 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function stateOf(address: string): Promise<string | undefined> {
  const { resources } = JSON.parse(await world.novaMust(['ls', '--json'])) as {
    resources: { address: string; state: string }[];
  };
  return resources.find((resource) => resource.address === address)?.state;
}

async function processOf(): Promise<number> {
  return Number(
    await readFile(
      join(world.scope.run, 'containers', world.identity('demo', 'container.app'), 'pid'),
      'utf8',
    ),
  );
}

describe('a capsule that ends', () => {
  it('runs again by itself when it is always restarted, and is as declared then', async () => {
    await world.write(counting('always', 'exec sleep 100000'));
    await world.novaMust(['apply', '--yes']);
    process.kill(await processOf(), 'SIGKILL');
    await until(async () => (await runs()) === 2);
    await until(async () => (await stateOf('container.app')) === 'running');
    expect(await world.drift()).toEqual([]);
    process.kill(await processOf(), 'SIGKILL');
    await until(async () => (await runs()) === 3);
  });

  it('is not restarted once it is stopped on purpose', async () => {
    await world.write(counting('always', 'exec sleep 100000'));
    await world.novaMust(['apply', '--yes']);
    await world.novaMust(['destroy', '--yes']);
    const before = await runs();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await runs()).toBe(before);
  });

  it('goes on being tried while it fails, is reported with its status and its words, and can be destroyed', async () => {
    await world.write(counting('always', 'echo no luck today; exit 3'));
    const { code, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/exited with status 3|ended and was started again/);
    expect(stderr).toContain('no luck today');
    const before = await runs();
    await until(async () => (await runs()) > before);
    // It has just begun: in a moment it has failed again.
    const stopped = [{ address: 'container.app', class: 'stopped' }];
    await expect.poll(() => world.drift(), { interval: 500 }).toMatchObject(stopped);
    await world.novaMust(['destroy', '--yes']);
    const after = await runs();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await runs()).toBe(after);
  });

  it('is tried by one program at a time while it cannot even be created', async () => {
    await world.write(counting('always', 'exec sleep 100000'));
    await world.novaMust(['apply', '--yes']);
    const run = join(world.scope.run, 'containers', world.identity('demo', 'container.app'));
    const attempts = async (): Promise<number> =>
      (JSON.parse(await readFile(join(run, 'attempts.json'), 'utf8')) as { count: number }).count;
    await world.novaMust(['exec', 'app', '--', 'rm', '/bin/sh']);
    process.kill(await processOf(), 'SIGKILL');
    await until(async () => (await attempts()) === 4);
    // Each conmon names the program in its arguments, too; an attempt that ends may still be there beside the next.
    const programs = async (): Promise<number> => {
      const argv = await must(['sh', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"']);
      return argv.split('\n').filter((word) => word === join(run, 'restart.json')).length;
    };
    await until(async () => (await programs()) <= 3);
    expect(await stateOf('container.app')).toBe('restarting');
    await symlink('busybox', join(run, 'rootfs/bin/sh'));
    await until(async () => (await stateOf('container.app')) === 'running');
    expect(await world.drift()).toEqual([]);
  });

  it('is complete when it ends well and is restarted on failure only', async () => {
    await world.write(counting('on-failure', 'sleep 1'));
    await world.novaMust(['apply', '--yes']);
    await until(async () => (await stateOf('container.app')) === 'completed');
    expect(await world.drift()).toEqual([]);
    expect(await world.novaMust(['apply', '--yes'])).toContain('Nothing to do');
    expect(await runs()).toBe(1);
  });

  it('runs anew when its configuration is another', async () => {
    await world.write(counting('never', 'true'));
    await world.novaMust(['apply', '--yes']);
    await world.write(counting('never', 'true; true'));
    await world.novaMust(['apply', '--yes']);
    await expect.poll(runs).toBe(2);
    await expect.poll(() => world.drift()).toEqual([]);
  });

  it('stays ended when it failed and is never restarted, until the next apply', async () => {
    await world.write(
      counting('never', 'test -e /data/ok || { echo where is it >&2; exit 4; }; exec sleep 100000'),
    );
    const { code, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('exited with status 4');
    expect(stderr).toContain('where is it');
    expect(await stateOf('container.app')).toBe('exited (4)');
    await world.inside(['touch', join(world.scope.data, 'volumes/demo/data/ok')]);
    await world.novaMust(['apply', '--yes']);
    expect(await stateOf('container.app')).toBe('running');
  });

  it('follows a policy that is changed while it runs', async () => {
    await world.write(counting('never', 'exec sleep 100000'));
    await world.novaMust(['apply', '--yes']);
    const before = await processOf();
    await world.write(counting('always', 'exec sleep 100000'));
    await world.novaMust(['apply', '--yes']);
    expect(await processOf()).toBe(before);
    process.kill(before, 'SIGKILL');
    await until(async () => (await runs()) === 2);
  });
});
