import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

import { openStateStore } from '../../../stateStore/sqlite.ts';
import { simulate } from './simulation.ts';

/** How many passes there are; `NOVA_TEST_RECONCILES=10000` for a long run. */
const reconciles = Number(process.env['NOVA_TEST_RECONCILES'] ?? 1_000);

/** Passes before the first look: until then the engine itself takes memory for code that it comes to know. */
const warm = 1_000;

/** Bytes that a pass may leave behind, on average: one plan, view or list of steps that is kept is many times that. */
const allowed = 512;

const file = `project = "demo"
[network.lan]
subnet = "192.168.77.1/24"
mtu = 1400
[volume.data]
[container.web]
capsule = "/lab/busybox"
command = ["/bin/serve"]
network = "lan"
`;

/** Bytes in use once everything is gone that can go. */
function inUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) collect();
  return process.memoryUsage().heapUsed;
}

it(`memory stays flat over ${reconciles} reconciles`, { timeout: 60_000 + reconciles * 100 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'nova-memory-'));
  const store = openStateStore({ directory });
  try {
    const { push, host, clock, controller, condition } = await simulate({ store });
    await push('one', file);
    const some = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        // Now and then there is something to repair, too.
        if (index % 20 === 0) host.kernel.ip('link set lan mtu 1280');
        controller.wake();
        await clock.advance(100);
      }
    };
    await some(warm);
    const before = inUse();
    await some(reconciles);
    const grown = inUse() - before;
    expect(condition()).toBe('Ready=true Converged');
    expect(grown / reconciles).toBeLessThan(allowed);
    await controller.stop();
  } finally {
    store.close();
    rmSync(directory, { recursive: true });
  }
});
