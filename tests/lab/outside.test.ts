import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectLab, type Lab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
import { keepConsoleOnFailure } from './labTest.ts';
import { startLab, type StartedLab } from './startLab.ts';

// These change what all tests of a lab see: the lab is their own.
describe.skipIf(isSkipped)('what changes the devices of a lab', () => {
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

  keepConsoleOnFailure(() => lab);

  const devices = async (id: string) =>
    (await lab.sh('cat /sys/bus/pci/devices/*/device')).split('\n').filter((each) => each === id).length;

  it('a device is plugged in, seen, and let go of again', async () => {
    const before = await devices('0x10d3');
    await lab.plug('port.plug0', { driver: 'e1000e', id: 'plugged', romfile: '' });
    await expect.poll(() => devices('0x10d3'), { timeout: 240_000 }).toBe(before + 1);
    await lab.unplug('plugged');
    await expect.poll(() => devices('0x10d3'), { timeout: 240_000 }).toBe(before);
  });

  it('one block of a disk is broken, and the others are not', async () => {
    const broken = { event: 'none', iotype: 'read', errno: 5, sector: 2048 };
    const whole = { driver: 'null-co', size: 2 ** 22, 'read-zeroes': true };
    await lab.qmp('blockdev-add', {
      ...{ driver: 'blkdebug', 'node-name': 'faulty', image: whole, 'inject-error': [broken] },
    });
    await lab.plug('port.plug1', {
      driver: 'virtio-blk-pci',
      id: 'faulty.disk',
      drive: 'faulty',
      serial: 'faulty',
    });
    const disk = 'grep -lx faulty /sys/block/*/serial';
    await expect.poll(async () => (await lab.run(['sh', '-c', disk])).code, { timeout: 240_000 }).toBe(0);
    const read = (block: number) =>
      `dd if=/dev/$(basename $(dirname $(${disk}))) of=/dev/null bs=4096 iflag=direct count=1 skip=${block}`;
    await lab.sh(read(0));
    await lab.sh(read(255));
    const { code, stderr } = await lab.run(['sh', '-c', read(256)]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Input/output error')]);
    await lab.unplug('faulty.disk');
  });

  it('an NVMe has virtual functions, each in a group of its own, and one is used as a disk', async () => {
    // The resources of a function can be given to it only while there are functions, and before it has a driver.
    const said = await lab.sh(`
      modprobe nvme
      cd /sys/bus/pci/devices
      until [ -e /dev/nvme0n1 ]; do sleep 0.1; done
      physical=$(basename $(readlink /sys/class/nvme/nvme0/device))
      echo 0 > $physical/sriov_drivers_autoprobe
      echo 2 > $physical/sriov_numvfs
      for resource in 0 1; do nvme virt-mgmt /dev/nvme0 -c 1 -r $resource -n 2 -a 8 > /dev/null; done
      nvme virt-mgmt /dev/nvme0 -c 1 -r 0 -n 0 -a 9 > /dev/null
      for device in $physical $physical/virtfn0 $physical/virtfn1; do readlink -f $device/iommu_group; done
      virtual=$(basename $(readlink $physical/virtfn0))
      echo nvme > $virtual/driver_override
      echo $virtual > /sys/bus/pci/drivers_probe
      until [ "$(cat /sys/class/nvme/nvme1/state)" = live ]; do sleep 0.1; done
      readlink -f /sys/class/nvme/nvme1/device`);
    const [one, two, three, virtual] = said.trim().split('\n');
    expect(new Set([one, two, three]).size).toBe(3);
    expect(virtual).toMatch(/\/0000:[0-9a-f:]+\.1$/);
    // Written through the one, read through the other: opcode 2 reads the first block.
    const read = 'nvme io-passthru /dev/nvme1 --opcode=2 --namespace-id=1 --data-len=512 --read --raw-binary';
    await lab.sh('echo over the other | dd of=/dev/nvme0n1 bs=512 conv=sync oflag=direct');
    expect(await lab.sh(`${read} | tr -d '\\0'`)).toContain('over the other');
  });
});
