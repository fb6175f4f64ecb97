import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createLocalHost } from '../../../reconcilers/host/local.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import type { Dependencies } from '../../../reconcilers/reconciler.ts';
import { volume } from '../../../reconcilers/volume/index.ts';
import { volumePlace, type VolumePlace } from '../../../reconcilers/volume/place.ts';
import type { Resource } from '../../../schema/manifest.ts';

const resource: Resource<'volume'> = {
  address: 'volume.pages',
  kind: 'volume',
  name: 'pages',
  spec: { mode: '2750', owner: '33:34' },
  at: { file: 'NovaFile.toml', line: 1, column: 1 },
  dependsOn: [],
};
const deps: Dependencies = { spec: () => undefined, outputs: () => undefined, ip: () => undefined };

describe('a volume', () => {
  let folder = '';
  let place: VolumePlace;
  let host: ReturnType<typeof createLocalHost>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nova-test-'));
    const scope = scopeOf(undefined, folder);
    const originals = {
      borrow: (_key: string, original: string) => original,
      giveBack: () => undefined,
      borrowed: () => [],
    };
    host = createLocalHost({ scope, project: 'demo', originals });
    place = volumePlace(scope, 'demo', resource.address);
  });
  afterEach(async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  });

  const plan = async (wanted: Resource<'volume'> | undefined) => {
    const { strays, ...observed } = await volume.observe(host.view(), wanted === undefined ? [] : [wanted]);
    const observation = observed.wanted.get(resource.address);
    const seen = observation?.status === 'present' ? observation.seen : strays.get(resource.address);
    return volume.diff({ address: resource.address, resource: wanted, seen, deps });
  };
  const apply = async (wanted: Resource<'volume'> | undefined) => {
    const steps = await plan(wanted);
    const { signal } = new AbortController();
    for (const step of [...steps, ...steps]) {
      const work = { address: resource.address, step, resource: wanted, seen: undefined, deps };
      await volume.converge(host, work, signal);
    }
    return steps.map(({ id }) => id);
  };
  const status = async () => (await volume.observe(host.view(), [resource])).wanted.get(resource.address);
  const sh = (line: string) =>
    expect(spawnSync('sh', ['-ec', line], { encoding: 'utf8' })).toMatchObject({ status: 0 });

  it('is made with its mode and owner, and needs nothing after that', async () => {
    expect(await apply(resource)).toEqual(['create']);
    expect(await plan(resource)).toEqual([]);
    const { mode, uid, gid } = statSync(place.path);
    expect([mode & 0o7777, uid, gid]).toEqual([0o2750, 33, 34]);
  });

  it.each([
    { hand: 'changes its mode', line: 'chmod 0777 $PATH_', ids: ['mode'] },
    { hand: 'changes its owner', line: 'chown 0:0 $PATH_', ids: ['owner'] },
    { hand: 'removes it', line: 'rm -r $PATH_', ids: ['create'] },
    { hand: 'removes it with its parents', line: 'rm -r $(dirname $(dirname $PATH_))', ids: ['create'] },
  ])('is repaired when somebody $hand', async ({ line, ids }) => {
    await apply(resource);
    sh(line.replaceAll('$PATH_', place.path));
    expect(await apply(resource)).toEqual(ids);
    expect(await plan(resource)).toEqual([]);
  });

  it.each([
    {
      what: 'a folder that was there before',
      line: 'mkdir -p $PATH_; touch $PATH_/theirs',
      why: 'was not made by Nova',
    },
    { what: 'an empty folder', line: 'mkdir -p $PATH_', why: 'was not made by Nova' },
    { what: 'a file', line: 'mkdir -p $(dirname $PATH_); touch $PATH_', why: 'is not a folder' },
    {
      what: 'a symbolic link',
      line: 'mkdir -p $(dirname $PATH_); ln -s /etc $PATH_',
      why: 'is not a folder',
    },
  ])('is foreign, and leaves it alone: $what', async ({ line, why }) => {
    sh(line.replaceAll('$PATH_', place.path));
    const before = readdirSync(folder, { recursive: true });
    expect(await status()).toMatchObject({
      status: 'foreign',
      why: expect.stringContaining(why) as string,
    });
    const step = { id: 'create', effect: 'live', class: 'missing', reason: '', changes: [] } as const;
    const work = { address: resource.address, step, resource, seen: undefined, deps };
    await expect(volume.converge(host, work, new AbortController().signal)).rejects.toMatchObject({
      code: 'host.foreign',
    });
    expect(await apply(undefined)).toEqual([]);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  it('does not take a copy that carries the mark along for itself', async () => {
    await apply(resource);
    sh(`mv ${place.path} ${folder}/old; cp -a ${folder}/old ${place.path}`);
    expect(await status()).toMatchObject({
      status: 'foreign',
      why: expect.stringContaining('a copy') as string,
    });
  });

  it('is finished when it was cut off half-made, and otherwise cleared away', async () => {
    mkdirSync(place.temporary, { recursive: true });
    expect(await apply(resource)).toEqual(['create']);
    expect(readdirSync(join(place.path, '..'))).toEqual(['pages']);
    mkdirSync(place.temporary);
    expect(await apply(resource)).toEqual(['unfinished']);
    expect(await plan(resource)).toEqual([]);
  });

  it('goes with its parents when it is not declared any more, and leaves those of others', async () => {
    await apply(resource);
    writeFileSync(join(place.path, 'data'), 'text');
    const theirs = join(place.path, '../theirs');
    mkdirSync(theirs);
    expect(await apply(undefined)).toEqual(['delete']);
    expect(existsSync(place.path)).toBe(false);
    expect(existsSync(theirs)).toBe(true);
    rmSync(theirs, { recursive: true });
    await apply(resource);
    await apply(undefined);
    expect(existsSync(join(place.path, '../..'))).toBe(false);
    expect(await plan(undefined)).toEqual([]);
  });
});
