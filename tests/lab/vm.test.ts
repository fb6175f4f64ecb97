import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { linkName } from '../../reconcilers/identity.ts';
import { guestPaths } from './build/root.ts';
import { connectLab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
import { keepConsoleOnFailure } from './labTest.ts';
import { createLabWorld, type LabWorld } from './world.ts';

/** A machine and a capsule, both of images, on one network. */
const novaFile = `
project = "demo"

[network.lan]
subnet = "192.168.77.1/24"

[image.kernel]
source = "${guestPaths.kernel}"

[image.guest]
source = "${guestPaths.initrd}"

[image.box]
type = "root"
files = { "/bin/busybox" = "/bin/busybox" }
links = { "/bin/sh" = "busybox", "/bin/wget" = "busybox", "/bin/sleep" = "busybox" }
folders = ["/dev", "/etc", "/proc", "/sys", "/tmp"]

[vm.guest]
boot = { kernel = "kernel", initrd = "guest", cmdline = "console=ttyS0 quiet tsc=reliable no_timer_check" }
memory = "128Mi"
network = "lan"
probe = { http = ":80/", deadline = 420 }
stop_timeout = 5

[container.visitor]
capsule = "box"
command = ["sh", "-c", "wget -q -O - http://guest/ && exec sleep 100000"]
network = "lan"
depends_on = ["vm.guest"]
restart = "never"
stop_timeout = 1
`;

describe.skipIf(isSkipped)('a machine of images in the lab', () => {
  keepConsoleOnFailure();
  let world: LabWorld;
  let before: string[];

  beforeAll(async () => {
    world = await createLabWorld(connectLab(inject('lab')));
    before = await world.state();
    await world.write(novaFile);
  });

  afterAll(async () => world?.[Symbol.asyncDispose]());

  it('runs by KVM, which is found by trying, and a capsule finds it by its name', async () => {
    expect(await world.novaMust(['apply', '--yes'])).toContain('Apply: 6 of 6 applied.');
    expect(await world.novaMust(['ls'])).toMatch(
      /vm\.guest +running +192\.168\.77\.\d+, 1 cpu, 128Mi, kvm\n/,
    );
    expect(await world.novaMust(['logs', 'visitor'])).toBe('hello from the machine\n');
  });

  it('is repaired when its cable is pulled by hand, and goes on', async () => {
    const pid = await qemu();
    await world.inside(['ip', 'link', 'set', linkName(world.identity('demo', 'vm.guest')), 'nomaster']);
    // On a loaded machine, one that is emulated twice may not answer in time: then it is unknown.
    const drift = async () => (await world.drift()).map((item) => [item.address, item.class]);
    await expect.poll(drift, { timeout: 300_000 }).toEqual([['vm.guest', 'changed']]);
    await world.novaMust(['apply', '--yes']);
    expect(await world.novaMust(['exec', 'visitor', '--', 'wget', '-q', '-O', '-', 'http://guest/'])).toBe(
      'hello from the machine\n',
    );
    expect(await qemu()).toBe(pid);
  });

  it('is destroyed without a trace', async () => {
    await world.novaMust(['destroy', '--yes']);
    expect(await world.state()).toEqual(before);
  });

  const qemu = () =>
    world.lab.must(['pgrep', '-f', `^[^ ]*qemu-system.*${world.identity('demo', 'vm.guest')}`]);
});
