import { resolve } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createLab, type Lab } from './lab.ts';

const killingMain = resolve(import.meta.dirname, '../support/killingMain.ts');

/** Nothing to boot: a machine that is there in no time. */
const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.79.1/24"
profile = "internal"

[vm.box]
image = "./empty, 1.raw"
memory = "32Mi"
accel = "tcg"
network = "lan"
stop_timeout = 0
`;

let lab: Lab;

beforeAll(async () => {
  lab = await createLab();
  await lab.world.write(novaFile);
});

afterAll(async () => lab.world[Symbol.asyncDispose]());

it(
  'converges after kill -9 at every journalled step, and starts no machine twice or again',
  { timeout: 600_000 },
  async () => {
    const before = await lab.world.state();
    let rows = 0;
    for (; ; rows += 1) {
      const { code, stderr } = await lab.world.nova(['apply', '--yes'], {
        env: { NOVA_TEST_KILL_AT: String(rows + 1), NOVA_TEST_PROGRAM: killingMain },
      });
      const running = await lab.pids();
      if (code !== 137) expect(code, stderr).toBe(0);
      await lab.world.novaMust(['apply', '--yes']);
      expect(await lab.world.drift(), `after a kill at row ${rows + 1}`).toEqual([]);
      const pid = await lab.pid();
      if (running.length > 0) expect([pid], `after a kill at row ${rows + 1}`).toEqual(running);
      await lab.world.novaMust(['destroy', '--yes']);
      expect(await lab.world.state(), `after a kill at row ${rows + 1}`).toEqual(before);
      if (code !== 137) break;
    }
    expect(rows).toBeGreaterThan(12);
  },
);
