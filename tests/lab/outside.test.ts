import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectLab, type Lab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
import { startLab, type StartedLab } from './startLab.ts';

describe.skipIf(isSkipped)('what is done to a lab from outside', () => {
  let started: StartedLab;
  let lab: Lab;

  beforeAll(async () => {
    started = await startLab();
    lab = connectLab(started.socket);
  });

  afterAll(async () => {
    lab?.[Symbol.dispose]();
    await started?.[Symbol.asyncDispose]();
  });

  const devices = async (id: string) =>
    (await lab.sh('cat /sys/bus/pci/devices/*/device')).split('\n').filter((each) => each === id).length;

  it('a device is plugged in, seen, and let go of again', async () => {
    const before = await devices('0x10d3');
    await lab.plug('port.plug0', { driver: 'e1000e', id: 'plugged', romfile: '' });
    await expect.poll(() => devices('0x10d3'), { timeout: 30_000 }).toBe(before + 1);
    await lab.unplug('plugged');
    await expect.poll(() => devices('0x10d3'), { timeout: 30_000 }).toBe(before);
  });
});
