import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectLab, type Lab } from '../connectLab.ts';
import { isSkipped } from '../globalSetup.ts';
import { startLab, type StartedLab } from '../startLab.ts';
import { createLabWorld, type LabWorld } from '../world.ts';
import { type Devices, findDevices, stateOf } from './devices.ts';

describe.skipIf(isSkipped)('devices are taken, kept and given back', () => {
  let started: StartedLab;
  let lab: Lab;
  let world: LabWorld;
  let at: Devices;
  let before: readonly string[];

  beforeAll(async () => {
    started = await startLab();
    lab = connectLab(started.socket);
    at = await findDevices(lab);
    world = await createLabWorld(lab);
    before = await stateOf(lab);
    process.stderr.write(`${before.join('\n')}\n`);
    await world.write(`
project = "devices"
[gpu.card]
address = "${at.card}"
[gpu.nic]
vendor = "8086"
device = "10d3"
[gpu.ssd]
address = "${at.ssd}"
sriov_vfs = 2
`);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    lab?.[Symbol.dispose]();
    await started?.[Symbol.asyncDispose]();
  });

  it('first try', async () => {
    let t = performance.now();
    const tell = (what: string) => {
      process.stderr.write(`${what} ${Math.round(performance.now() - t)} ms\n`);
      t = performance.now();
    };
    await lab.sh(`echo 0 > /sys/bus/pci/devices/${at.ssd}/sriov_drivers_autoprobe`);
    const plan = await world.nova(['plan']);
    tell('plan');
    process.stderr.write(plan.stdout + plan.stderr);
    const apply = await world.nova(['apply', '--yes']);
    tell('apply');
    process.stderr.write(apply.stdout + apply.stderr);
    process.stderr.write(`${(await stateOf(lab)).join('\n')}\n`);
    tell('state');
    const drift = await world.nova(['drift']);
    tell('drift');
    process.stderr.write(drift.stdout + drift.stderr);
    process.stderr.write(
      await lab.sh(
        `ls -R ${world.scope.run}; cat ${world.scope.run}/devices/*; ls /dev/vfio; find /sys/fs/cgroup/nova -type d || true; dmesg | tail -20`,
      ),
    );
    const destroy = await world.nova(['destroy', '--yes']);
    tell('destroy');
    process.stderr.write(destroy.stdout + destroy.stderr);
    expect(await stateOf(lab)).toEqual(before);
  });
});
