import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { must, run } from './support/shell.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;
let container: string;

beforeAll(async () => {
  world = await createWorld();
  container = `nvt-import-${world.netns.slice(4)}`;
  await must(['ip', 'netns', 'add', world.netns]);
  await world.inside(['ip', 'link', 'set', 'lo', 'up']);
});

afterAll(async () => {
  await run(['runc', 'delete', '--force', container]);
  await world[Symbol.asyncDispose]();
});

describe('nova import', () => {
  it('prints the NovaFile of a bridge, which can be validated', async () => {
    await world.inside(['ip', 'link', 'add', 'by-hand', 'mtu', '1400', 'type', 'bridge']);
    await world.inside(['ip', 'address', 'add', '10.44.0.1/24', 'dev', 'by-hand']);
    const text = await world.novaMust(['import', 'by-hand']);
    expect(text).toContain(
      '[network.by-hand]\ntype = "bridge"\nprofile = "internal"\nsubnet = "10.44.0.1/24"\nmtu = 1400\n',
    );
    expect(text).toContain('adopt = true');
    await world.write(text);
    await world.novaMust(['validate']);
    const index = await indexOf('by-hand');
    // It is taken over as it is: what is added to it is Nova's own.
    expect(await world.novaMust(['plan'])).toMatch(/\+ adopts += "bridge by-hand"/);
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    expect(await indexOf('by-hand')).toBe(index);
    expect(await world.inside(['ip', 'address', 'show', 'dev', 'by-hand'])).toContain('10.44.0.1/24');
    await world.novaMust(['destroy', '--yes']);
  });

  it('prints the NovaFile of a container that runc runs', async () => {
    const bundle = join(world.folder, 'bundle');
    await mkdir(bundle);
    await must(['runc', 'spec'], { cwd: bundle });
    await must(['cp', '-r', join(world.folder, 'root'), join(bundle, 'rootfs')]);
    const config = JSON.parse(await must(['cat', join(bundle, 'config.json')]));
    Object.assign(config.process, {
      terminal: false,
      args: ['sleep', '4567'],
      env: ['PATH=/bin', 'MODE=test', 'DB_PASSWORD=canary-7d1c'],
    });
    await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
    const child = spawn('runc', ['run', '--detach', '--bundle', bundle, container], { stdio: 'ignore' });
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    const text = await world.novaMust(['import', container]);
    expect(text).toContain(
      `capsule = "${bundle}/rootfs"\ncommand = ["sleep", "4567"]\nenv = { MODE = "test", DB_PASSWORD = { secret = "${container}-db-password" } }`,
    );
    expect(text).not.toContain('canary');
    await world.write(text);
    await world.novaMust(['validate']);
  });

  it('prints the NovaFile of a QEMU, and names what it cannot say', async () => {
    const disk = join(world.folder, 'disk.raw');
    await must(['truncate', '--size', '1M', disk]);
    const name = `hand-${container}`;
    const child = spawn(
      'qemu-system-x86_64',
      [
        '-name',
        name,
        '-accel',
        'tcg',
        '-display',
        'none',
        '-m',
        '64',
        '-S',
        '-drive',
        'file=disk.raw,format=raw',
        '-nic',
        'user',
      ],
      { cwd: world.folder, stdio: 'ignore' },
    );
    try {
      await expect.poll(async () => (await world.nova(['import', name])).code, { timeout: 30_000 }).toBe(0);
      const text = await world.novaMust(['import', name]);
      expect(text).toContain(`image = "${disk}"\nmemory = "64Mi"\naccel = "tcg"\n`);
      expect(text).toContain('# Its network is left out: user.');
      await world.write(text);
      await world.novaMust(['validate']);
    } finally {
      child.kill('SIGKILL');
      await rm(disk, { force: true });
    }
  });

  it('says what can be imported when it is asked for something else', async () => {
    await world.inside(['ip', 'link', 'add', 'left', 'type', 'bridge']);
    const { code, stderr } = await world.nova(['import', 'nowhere']);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing here that can be imported is called nowhere');
    expect(stderr).toContain('left (network)');
  });
});

/** By which the kernel knows a link: another one made in its place has another. */
async function indexOf(name: string): Promise<unknown> {
  const links = JSON.parse(await world.inside(['ip', '-j', 'link', 'show', 'dev', name])) as {
    ifindex: number;
  }[];
  return links[0]?.ifindex;
}
