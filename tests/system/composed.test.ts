import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createWorld, type World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await mkdir(join(world.folder, 'parts'));
  await world.write(`project = "composed"
include = ["parts/*.toml"]

[vars]
mode = "0700"
disks = ["a", "b"]

[profile.prod]
vars.mode = "0750"
`);
  await writeFile(
    join(world.folder, 'parts/volumes.toml'),
    '[volume.disk]\nfor_each = "${var.disks}"\nmode = "${var.mode}"\n\n[volume.last]\ndepends_on = ["volume.disk"]\n',
  );
});

afterAll(async () => world[Symbol.asyncDispose]());

interface PlanDocument {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
}

async function changes(argv: readonly string[]): Promise<readonly string[]> {
  const document = JSON.parse(await world.novaMust(['plan', '--json', ...argv])) as PlanDocument;
  return document.resource_changes
    .filter(({ change }) => !change.actions.includes('no-op'))
    .map(({ address, change }) => `${change.actions.join(',')} ${address}`);
}

describe('a NovaFile of several files', () => {
  it('is applied with its profile, and a saved plan holds what was filled in', async () => {
    const file = join(world.folder, 'plan.json');
    await world.novaMust(['plan', '--profile', 'prod', '-o', file]);
    expect(await readFile(file, 'utf8')).toContain('"0750"');
    const refused = await world.nova(['apply', '-f', file, '--profile', 'prod']);
    expect(refused.code).toBe(1);
    await world.novaMust(['apply', '-f', file]);
    expect(await changes(['--profile', 'prod'])).toEqual([]);
    expect(await changes([])).toEqual(['update volume.disk-a', 'update volume.disk-b']);
  });

  it('touches only the instance whose key comes or goes', async () => {
    const more = ['--profile', 'prod', '--var', 'disks=["c", "b", "a"]'];
    expect(await changes(more)).toEqual(['create volume.disk-c']);
    await world.novaMust(['apply', '--yes', ...more]);
    const fewer = ['--profile', 'prod', '--var', 'disks=["c", "b"]', '--delete-volumes'];
    expect(await changes(fewer)).toEqual(['delete volume.disk-a']);
  });

  it('takes the table as a target for all that it makes', async () => {
    expect(await changes(['--target', 'volume.disk', '--var', 'mode=0711'])).toEqual([
      'update volume.disk-a',
      'update volume.disk-b',
    ]);
  });

  it('goes back to a generation as it was filled in then', async () => {
    await world.novaMust(['apply', '--yes', '--var', 'disks=["a", "b", "c"]', '--var', 'mode=0711']);
    await world.novaMust(['rollback', '--yes']);
    expect(await changes(['--profile', 'prod', '--var', 'disks=["a", "b", "c"]'])).toEqual([]);
    const history = await world.novaMust(['history']);
    expect(history).toContain('volume.disk-c');
  });

  it('tells what is wrong in the format that was asked for', async () => {
    const { code, stdout } = await world.nova(['validate', '--format', 'sarif', '--var', 'mode=9']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toHaveProperty(['runs', 0, 'results', 0, 'ruleId'], 'schema.value');
    const drift = await world.nova(['drift', '--format', 'github', '--var', 'mode=0777']);
    expect(drift.code).toBe(2);
    expect(drift.stdout).toMatch(
      /^::warning file=.*volumes\.toml,line=3,endLine=3,endColumn=21,col=8,title=drift\.changed::volume\.disk-a: mode/m,
    );
  });
});
