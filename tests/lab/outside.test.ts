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
    expect(await devices('0x10d3')).toBe(before);
  });

  it('a disk that fails where it is told to is read with an error there, and elsewhere without', async () => {
    await lab.qmp('blockdev-add', {
      driver: 'blkdebug',
      'node-name': 'bad',
      image: { driver: 'null-co', size: 2 ** 20, 'read-zeroes': true },
      'inject-error': [{ event: 'read_aio', errno: 5, sector: 64 }],
    });
    await lab.plug('port.plug1', { driver: 'virtio-blk-pci', id: 'bad-disk', drive: 'bad', serial: 'bad' });
    const name = () => lab.run(['sh', '-c', 'grep -l bad /sys/block/vd*/serial | cut -d/ -f4']);
    await expect.poll(async () => (await name()).stdout, { timeout: 30_000 }).not.toBe('');
    const disk = `/dev/${(await name()).stdout.trim()}`;
    const read = async (sector: number) => {
      const argv = [
        'dd',
        `if=${disk}`,
        'of=/dev/null',
        'iflag=direct',
        'bs=512',
        'count=1',
        `skip=${sector}`,
      ];
      return (await lab.run(argv)).code;
    };
    expect([await read(0), await read(64)]).toEqual([0, 1]);
  });
});
