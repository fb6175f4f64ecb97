import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect } from 'vitest';

import { labTest } from './labTest.ts';

describe('the lab', () => {
  labTest(
    'is a Debian on a kernel of its own, with everything in one hierarchy of control groups',
    async ({ lab }) => {
      expect(await lab.read('/etc/os-release')).toContain('Debian');
      expect(await lab.sh('stat -fc %T /sys/fs/cgroup')).toBe('cgroup2fs\n');
      const controllers = (await lab.read('/sys/fs/cgroup/cgroup.controllers'))?.trim().split(' ');
      expect(controllers).toEqual(expect.arrayContaining(['cpu', 'io', 'memory', 'pids']));
    },
  );

  labTest(
    'has the devices of its topology, each in the IOMMU group that it should be in',
    async ({ lab }) => {
      // Without any process: there are thirty devices, and each would cost several.
      const listed = await lab.sh(`
        for path in /sys/kernel/iommu_groups/*/devices/*; do
          read class < $path/class; read vendor < $path/vendor; read device < $path/device
          echo $class $vendor:$device $path
        done`);
      const groupsOf = (words: string) =>
        listed
          .split('\n')
          .filter((line) => line.includes(words))
          .map((line) => line.split('/').at(-3));
      const [display, card, audio, nic, nvme] = [
        '0x0380',
        '0x1002:0x5046',
        '0x0403',
        '0x8086:0x10d3',
        '0x010802',
      ].map((words) => groupsOf(words)[0]);
      expect(audio).toBe(card);
      expect(new Set([display, card, nic, nvme]).size).toBe(4);
    },
  );

  labTest('has a clock that goes as fast as the one outside', async ({ lab }) => {
    // s, between the two moments of this machine in which it may have been read
    const read = async () => {
      const before = performance.now() / 1000;
      const inside = Number((await lab.read('/proc/uptime'))?.split(' ')[0]);
      return { before, inside, after: performance.now() / 1000 };
    };
    const first = await read();
    await sleep(2_000);
    const second = await read();
    const passed = second.inside - first.inside;
    expect(passed).toBeGreaterThan(0.9 * (second.before - first.after));
    expect(passed).toBeLessThan(1.1 * (second.after - first.before));
  });

  labTest('ends what a command has started when its time is up', async ({ lab }) => {
    const ended = await lab.run(['sh', '-c', 'sleep 4711 & sleep 4711'], { timeout: 200 });
    expect(ended.code).toBe(137);
    // What was killed takes a moment to be gone.
    const running = async () => (await lab.run(['pgrep', '-f', 'sleep 4711'])).stdout;
    await expect.poll(running, { timeout: 240_000 }).toBe('');
  });

  labTest('does not wait for what a command leaves in the background', async ({ lab, place }) => {
    expect(await place.sh('sleep 4712 & echo $!')).toMatch(/^\d+\n$/);
    expect(await lab.sh(`cat ${place.cgroup}/cgroup.procs`)).toMatch(/^\d+\n$/);
  });

  labTest('tells the status and both outputs of a command, and takes its input', async ({ lab }) => {
    const ended = await lab.run(['sh', '-c', 'cat; echo héllo >&2; exit 7'], { input: 'in\n' });
    expect(ended).toEqual({ code: 7, stdout: 'in\n', stderr: 'héllo\n' });
  });
});
