import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { emptyWork } from '../../reconcilers/host/recovery.ts';
import { openStateReader } from '../../stateStore/reader.ts';
import { createWorld, type World } from './support/world.ts';

const killingMain = resolve(import.meta.dirname, 'support/killingMain.ts');

/** Small, with every kind of step in it. */
const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.78.1/24"

[volume.data]
mode = "0750"

[container.app]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
network = "lan"
volumes = ["data:/data"]
ports = ["8081:80"]
limits = { pids = 20 }
stop_timeout = 2
`;

let world: World;
let before: string[];

beforeAll(async () => {
  world = await createWorld();
  await world.write(novaFile);
  before = await world.state();
});

afterAll(async () => world[Symbol.asyncDispose]());

/** What the host looks like when it is as declared, without what differs between two good runs. */
async function settled(): Promise<string[]> {
  return world.state('inside');
}

/** Kills Nova at one row after another until a run gets to its end; returns how many rows there are. */
async function killAtEachRow(
  command: 'apply' | 'destroy',
  check: (row: number) => Promise<void>,
  again: () => Promise<void>,
) {
  for (let row = 1; ; row += 1) {
    const { code, stderr } = await world.nova([command, '--yes', '--delete-volumes'], {
      env: { NOVA_TEST_KILL_AT: String(row), NOVA_TEST_PROGRAM: killingMain },
    });
    if (code !== 137) {
      expect(code, stderr).toBe(0);
      return row - 1;
    }
    // Nova's children of that run die with it every other time, as when a whole service is killed.
    if (row % 2 === 0) await emptyWork(world.scope, 'demo');
    await check(row);
    await again();
  }
}

describe('kill -9 at every journalled step', () => {
  it('of apply: the next apply converges, with nothing doubled and nothing left over', async () => {
    await world.novaMust(['apply', '--yes']);
    const whole = await settled();
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    const rows = await killAtEachRow(
      'apply',
      async (row) => {
        await world.novaMust(['apply', '--yes']);
        expect(await settled(), `after a kill at row ${row}`).toEqual(whole);
        expect(await world.drift()).toEqual([]);
        const reader = openStateReader({ directory: world.stateDirectory });
        expect(reader.pending({ scope: world.scope.id, project: 'demo' })).toEqual([]);
        reader.close();
      },
      async () => {
        await world.novaMust(['destroy', '--yes', '--delete-volumes']);
        expect(await world.state()).toEqual(before);
      },
    );
    expect(rows).toBeGreaterThan(20);
  });

  it('of destroy: the next destroy leaves the host as it was', async () => {
    const rows = await killAtEachRow(
      'destroy',
      async (row) => {
        await world.novaMust(['destroy', '--yes', '--delete-volumes']);
        expect(await world.state(), `after a kill at row ${row}`).toEqual(before);
      },
      async () => {
        await world.novaMust(['apply', '--yes']);
      },
    );
    expect(rows).toBeGreaterThan(8);
  });
});
