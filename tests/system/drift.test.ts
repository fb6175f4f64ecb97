import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { driftTable } from './support/driftTable.ts';
import { must, run } from './support/shell.ts';
import { twoCapsules } from './support/novaFiles.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.write(twoCapsules);
  await world.novaMust(['apply', '--yes']);
  await world.inside(['ip', 'link', 'add', 'other0', 'mtu', '1300', 'type', 'bridge']);
  await world.inside(['nft', 'add table inet other; add chain inet other keep']);
  await writeFile(join(world.scope.data, 'not-ours'), 'foreign\n');
  await startForeignContainer();
});

afterAll(async () => {
  await run(['runc', '--root', foreignRoot(), 'delete', '--force', foreignId()]);
  await world[Symbol.asyncDispose]();
});

const foreignId = () => `foreign-${world.netns}`;
const foreignRoot = () => join(world.folder, 'foreign-runtime');

/** A container that somebody else runs with the same runtime, in the same namespace. */
async function startForeignContainer(): Promise<void> {
  const bundle = join(world.folder, 'foreign');
  await mkdir(bundle);
  await must(['runc', 'spec', '--bundle', bundle]);
  const config = JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8')) as {
    process: { terminal: boolean; args: string[] };
    root: { path: string };
    linux: { cgroupsPath?: string };
  };
  config.process = { ...config.process, terminal: false, args: ['sleep', '100000'] };
  config.root.path = join(world.folder, 'root');
  config.linux.cgroupsPath = `/${foreignId()}`;
  await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
  const start = 'exec runc --root "$1" run --detach --bundle "$2" "$3" </dev/null >/dev/null 2>&1';
  await must(['sh', '-c', start, 'sh', foreignRoot(), bundle, foreignId()]);
}

const { mutations, pidOf } = driftTable(() => world);
const pages = () => join(world.scope.data, 'volumes/demo/pages');

describe('what is changed by hand', () => {
  it.each(mutations)(
    '$what: drift says so and apply repairs it, and nothing else restarts',
    async (mutation) => {
      const { by, reported, restarts = [] } = mutation;
      const before = { web: await pidOf('web'), visitor: await pidOf('visitor') };
      await by();
      const { code, stdout } = await world.nova(['drift', '--json']);
      const { drift } = JSON.parse(stdout) as {
        drift: { address: string; class: string; cause: string; fields: { path: string }[] }[];
      };
      expect(code).toBe(2);
      const item = drift.find(({ address }) => address === reported.address);
      expect(item, JSON.stringify(drift)).toMatchObject({ class: reported.class, cause: 'host' });
      if (reported.path !== undefined) expect(item?.fields.map(({ path }) => path)).toContain(reported.path);
      await world.novaMust(['apply', '--yes']);
      expect(await world.drift()).toEqual([]);
      for (const container of ['web', 'visitor'] as const) {
        const same = (await pidOf(container)) === before[container];
        expect(`${container} ${same ? 'goes on' : 'restarted'}`).toBe(
          `${container} ${restarts.includes(container) ? 'restarted' : 'goes on'}`,
        );
      }
      expect(
        await world.novaMust([
          'exec',
          'visitor',
          '--',
          'timeout',
          '5',
          'wget',
          '-q',
          '-O',
          '-',
          'http://web/',
        ]),
      ).toBe('hello\n');
    },
  );

  it('leaves a foreign bridge, table, container and file beside them alone', async () => {
    expect(await world.inside(['ip', '-br', 'link', 'show', 'other0'])).toContain('other0');
    expect(await world.inside(['nft', 'list', 'tables'])).toContain('table inet other');
    expect(await readFile(join(world.scope.data, 'not-ours'), 'utf8')).toBe('foreign\n');
    expect(await must(['runc', '--root', foreignRoot(), 'state', foreignId()])).toContain(
      '"status": "running"',
    );
    await world.inside(['ip', 'link', 'del', 'other0']);
    await rm(join(world.scope.data, 'not-ours'));
  });

  it('reports a foreign link on the bridge and does not touch it', async () => {
    await world.inside(['ip', 'link', 'add', 'guest0', 'type', 'bridge']);
    await world.inside(['ip', 'link', 'add', 'guest1', 'type', 'veth', 'peer', 'name', 'guest2']);
    await world.inside(['ip', 'link', 'set', 'guest1', 'master', 'lan']);
    const drift = await world.drift();
    expect(drift).toMatchObject([{ address: 'network.lan', class: 'unmanaged' }]);
    await world.novaMust(['apply', '--yes']);
    expect(await world.inside(['ip', '-j', 'link', 'show', 'guest1'])).toContain('"master":"lan"');
    await world.inside(['ip', 'link', 'del', 'guest1']);
    await world.inside(['ip', 'link', 'del', 'guest0']);
  });

  it('finds no drift in 50 observations of a host at rest', async () => {
    const observations = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const found = [];
        for (let index = 0; index < 10; index += 1) found.push(...(await world.drift()));
        return found;
      }),
    );
    expect(observations.flat()).toEqual([]);
  });

  it('recreates a foreign folder where the volume was only after it is out of the way', async () => {
    await rm(pages(), { recursive: true });
    await mkdir(pages());
    await writeFile(join(pages(), 'foreign'), '');
    const { code, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('volume.pages');
    expect(await readdir(pages())).toEqual(['foreign']);
    await rm(join(pages(), 'foreign'));
    await rmdir(pages());
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
  });
});
