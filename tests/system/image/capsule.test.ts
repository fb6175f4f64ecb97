import { appendFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let before: readonly string[];

beforeAll(async () => {
  world = await createWorld();
  before = await world.state();
});

afterAll(async () => world[Symbol.asyncDispose]());

const novaFile = `
project = "demo"

[image.box]
type = "root"
files = { "/bin/busybox" = "./root/bin/busybox", "/version" = "./version" }
links = { "/bin/sh" = "busybox", "/bin/cat" = "busybox", "/bin/sleep" = "busybox" }
folders = ["/dev", "/etc", "/proc", "/sys", "/tmp"]

[container.app]
capsule = "box"
command = ["sh", "-c", "cat /version; exec sleep 100000"]
stop_timeout = 1
`;

describe('a capsule in a declared image', () => {
  it('is planned while the image is yet to be made, and runs in it', async () => {
    await writeFile(join(world.folder, 'version'), 'one\n');
    await world.write(novaFile);
    const applied = await world.novaMust(['apply', '--yes']);
    expect(applied).toContain('Apply: 2 of 2 applied.');
    expect(await world.novaMust(['logs', 'app'])).toContain('one');
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    expect(await world.novaMust(['ls'])).toMatch(/image\.box +present +root, 1\.9 MiB/);
  });

  it('is replaced along with it, as the plan says', async () => {
    await writeFile(join(world.folder, 'version'), 'two\n');
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('-/+ container.app');
    expect(plan).toContain('Plan: 1 to add, 1 to change, 1 to destroy.');
    expect(await world.novaMust(['apply', '--yes'])).toContain('Apply: 2 of 2 applied.');
    expect(await world.novaMust(['exec', 'app', '--', 'cat', '/version'])).toBe('two\n');
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
  });

  it('goes on while the image is mended', async () => {
    const pid = await world.novaMust(['exec', 'app', '--', 'sh', '-c', 'echo > /tmp/mine']);
    expect(pid).toBe('');
    const folder = join(world.scope.data, 'images/demo/box');
    const digest = (await must(['cat', join(folder, 'current')])).trim();
    await rm(join(folder, digest, 'root/version'));
    expect(await world.drift()).toMatchObject([{ address: 'image.box', class: 'missing', cause: 'host' }]);
    expect(await world.novaMust(['apply', '--yes'])).toContain('Apply: 1 of 1 applied.');
    await world.novaMust(['exec', 'app', '--', 'cat', '/tmp/mine']);
    expect(await world.drift()).toEqual([]);
  });

  it('waits when the image cannot be made, and the rest goes on', async () => {
    await world.write(`${novaFile.replace('./version', './nope')}\n[volume.data]\n`);
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('image.missing');
    expect(stdout + stderr).toContain(`there is no ${join(world.folder, 'nope')}`);
    expect(await world.novaMust(['exec', 'app', '--', 'cat', '/version'])).toBe('two\n');
    expect(await readdir(join(world.scope.data, 'volumes/demo'))).toEqual(['data']);
  });

  it("runs from an image layout by its image's name", async () => {
    const layout = join(world.folder, 'layout');
    const image = `${layout}:latest`;
    await must(['umoci', 'init', '--layout', layout]);
    await must(['umoci', 'new', '--image', image]);
    await must(['umoci', 'insert', '--image', image, join(world.folder, 'root'), '/']);
    await must(['umoci', 'config', '--image', image, '--config.cmd', 'sleep', '--config.cmd', '100000']);
    await world.write(
      'project = "demo"\n[image.box]\nsource = "./layout"\n[container.app]\ncapsule = "box"\nstop_timeout = 1\n[volume.data]\n',
    );
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('-/+ container.app');
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    await appendFile(join(world.folder, 'root/etc/passwd'), 'more:x:1:1::/:/bin/sh\n');
    await must(['umoci', 'insert', '--image', image, join(world.folder, 'root/etc'), '/etc']);
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['exec', 'app', '--', 'cat', '/etc/passwd'])).toContain('more');
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
  });

  it('refuses an image that is no root', async () => {
    await writeFile(join(world.folder, 'disk'), 'bytes');
    await world.write(
      'project = "demo"\n[image.box]\nsource = "./disk"\n[container.app]\ncapsule = "box"\ncommand = ["true"]\nstop_timeout = 1\n[volume.data]\n',
    );
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('image.box is raw, not a root');
  });

  it('leaves nothing of its images when it is destroyed', async () => {
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await world.state()).toEqual(before);
    expect(await readdir(world.dataDirectory).catch(() => [])).toEqual([]);
  });
});
