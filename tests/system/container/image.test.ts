import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => world[Symbol.asyncDispose]());

const novaFile = `
project = "demo"

[container.app]
capsule = "./image"
stop_timeout = 1
`;

/** An OCI image layout with the busybox root, its own command, user and variables, and one file that tells two apart. */
async function makeImage(version: string): Promise<void> {
  const layout = join(world.folder, 'image');
  const image = `${layout}:latest`;
  const root = join(world.folder, 'root');
  await rm(layout, { recursive: true, force: true });
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nworker:x:1234:1235::/:/bin/sh\n');
  await chmod(join(root, 'tmp'), 0o1777);
  await writeFile(join(root, 'version'), version);
  await must(['umoci', 'init', '--layout', layout]);
  await must(['umoci', 'new', '--image', image]);
  await must(['umoci', 'insert', '--image', image, root, '/']);
  const words = [
    '--config.entrypoint',
    'sh',
    '--config.cmd',
    '-c',
    '--config.cmd',
    'id; pwd; echo $GREETING; exec sleep 100000',
  ];
  const others = ['--config.user', 'worker', '--config.env', 'GREETING=hello', '--config.workingdir', '/tmp'];
  await must(['umoci', 'config', '--image', image, ...words, ...others]);
}

describe('a capsule from an OCI image layout', () => {
  it('is refused in the plan while it is not there, and the rest of the plan is shown', async () => {
    await world.write(`${novaFile}\n[volume.data]\n`);
    const { code, stdout, stderr } = await world.nova(['plan']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(`there is no capsule at ${join(world.folder, 'image')}`);
    expect(stdout).toContain('volume.data');
  });

  it('is refused when it is damaged', async () => {
    await makeImage('one');
    await writeFile(join(world.folder, 'image/index.json'), '{}');
    await world.write(novaFile);
    const { code, stdout, stderr } = await world.nova(['plan']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('its index.json is no OCI image index');
  });

  it("runs the image's own command as its own user", async () => {
    await makeImage('one');
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(await world.novaMust(['logs', 'app'])).toBe('uid=1234(worker) gid=1235\n/tmp\nhello\n');
  });

  it('is replaced, with what it wrote, when the image is another; the old root goes', async () => {
    await world.novaMust(['exec', 'app', '--', 'sh', '-c', 'echo mine > /tmp/written']);
    await makeImage('two');
    const plan = await world.novaMust(['plan']);
    expect(plan).toMatch(/container\.app (must|will) be replaced/);
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['exec', 'app', '--', 'cat', '/version'])).toBe('two');
    expect((await world.nova(['exec', 'app', '--', 'cat', '/tmp/written'])).code).toBe(1);
    const roots = (await readdir(world.scope.roots)).filter((name) => /^[0-9a-f]{64}$/.test(name));
    expect(roots).toHaveLength(1);
    expect(await world.drift()).toEqual([]);
  });

  it('leaves nothing behind', async () => {
    await world.novaMust(['destroy', '--yes']);
    expect(await readdir(world.scope.roots).catch(() => [])).toEqual([]);
  });
});
