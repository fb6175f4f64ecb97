import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { connectLab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
import { keepConsoleOnFailure } from './labTest.ts';
import { scratchFolder } from './scratch.ts';
import { createLabWorld, type LabWorld } from './world.ts';

/** One capsule with all limits, which runs nothing by itself. */
const limited = `
project = "demo"

[container.small]
capsule = "./root"
command = ["sleep", "100000"]
limits = { memory = "32Mi", pids = 12, cpu = 0.2, io = "1Mi" }
restart = "never"
stop_timeout = 1
`;

describe.skipIf(isSkipped)('the limits of a capsule, with crun on cgroup version 2', () => {
  keepConsoleOnFailure();
  let world: LabWorld;

  beforeAll(async () => {
    const lab = connectLab(inject('lab'));
    world = await createLabWorld(lab, await scratchFolder(lab));
    await world.write(limited);
    await world.novaMust(['apply', '--yes']);
  });

  afterAll(async () => world?.[Symbol.asyncDispose]());

  const above = () => `/sys/fs/cgroup/nova/${world.scope.id}/${world.identity('demo', 'container.small')}`;
  const cgroup = () => `${above()}/capsule`;
  const count = async (file: string, name: string): Promise<number> => {
    const text = await world.read(`${cgroup()}/${file}`);
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  /** In the namespaces and the control group of the capsule, as what `nova exec` starts, which takes seconds to start. */
  const inside = async (script: string) => {
    const enter = `
      pid=$(head -n 1 ${cgroup()}/cgroup.procs)
      echo 0 > ${cgroup()}/cgroup.procs
      exec nsenter --all --target $pid /bin/sh -c "$SCRIPT"`;
    return world.lab.run(['sh', '-ec', enter], { env: { SCRIPT: script } });
  };

  /** s that 4 MiB take to be written and to be read, past the memory */
  const directly = async () => {
    const { code, stdout, stderr } = await inside(`set -e
      now() { read up rest < /proc/uptime; echo $up; }
      now; dd if=/dev/zero of=/slow oflag=direct bs=1M count=4
      now; dd if=/slow of=/dev/null iflag=direct bs=1M count=4
      now`);
    expect(code, stderr).toBe(0);
    const [start = 0, between = 0, end = 0] = stdout.trim().split('\n').map(Number);
    return { written: between - start, read: end - between };
  };

  it('are those of the kernel, by the runtime that was found to work', async () => {
    const made = await world.lab.list(
      `${world.scope.run}/runtime/${world.identity('demo', 'container.small')}`,
    );
    // What crun keeps of a capsule; runc keeps a `state.json`.
    expect(made).toContain('status');
    const written = ['memory.max', 'pids.max', 'cpu.max'].map((file) => world.read(`${cgroup()}/${file}`));
    expect(await Promise.all(written)).toEqual([`${32 * 2 ** 20}\n`, '12\n', '20000 100000\n']);
    expect(await world.read(`${above()}/io.max`)).toMatch(/^254:0 rbps=1048576 wbps=1048576 /);
    expect(await world.drift()).toEqual([]);
  });

  it('memory: who takes more is ended', async () => {
    expect((await inside('dd if=/dev/zero of=/dev/null bs=64M count=1')).code).toBe(137);
    expect(await count('memory.events', 'oom_kill')).toBeGreaterThan(0);
  });

  it('cpu: who wants more waits', async () => {
    expect((await inside('timeout 2 sh -c "while :; do :; done"; echo done')).stdout).toBe('done\n');
    expect(await count('cpu.stat', 'nr_throttled')).toBeGreaterThan(5);
  });

  it('io: who writes and reads more waits', async () => {
    const limited = await directly();
    // 4 MiB at 1 MiB a second, of which some is given at once.
    expect(limited.written).toBeGreaterThan(2);
    expect(limited.read).toBeGreaterThan(2);
    await world.writeAt(`${above()}/io.max`, '254:0 rbps=max wbps=max');
    // On a busy machine one that is not held back may be slow as well, but not always.
    const timesQuicker = async () => {
      const free = await directly();
      return Math.min(limited.written / free.written, limited.read / free.read);
    };
    await expect.poll(timesQuicker, { timeout: 240_000 }).toBeGreaterThan(2);
    await world.writeAt(`${above()}/io.max`, '254:0 rbps=1048576 wbps=1048576');
  });

  // After the others: what is left of these processes counts until the capsule ends, for its first one waits for none.
  it('pids: a process more is refused', async () => {
    const more = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do sleep 2 & done; wait';
    const { stderr } = await world.nova(['exec', 'small', '--', 'sh', '-c', more]);
    expect(stderr).toMatch(/fork/);
    expect(await count('pids.events', 'max')).toBeGreaterThan(0);
    // Those that were not refused sleep on.
    await expect.poll(() => world.read(`${cgroup()}/cgroup.procs`), { timeout: 240_000 }).toMatch(/^\d+\n$/);
  });

  it('those that were changed by hand are drift, and are mended while the capsule runs', async () => {
    const pid = await world.read(`${cgroup()}/cgroup.procs`);
    await world.writeAt(`${above()}/io.max`, '254:0 wbps=max');
    await world.writeAt(`${cgroup()}/pids.max`, '99');
    const [item] = await world.drift();
    expect(item).toMatchObject({ address: 'container.small', class: 'changed' });
    expect(item?.fields.map(({ path }) => path).toSorted()).toEqual(['limits.io', 'limits.pids']);
    await world.novaMust(['apply', '--yes']);
    expect(await world.read(`${above()}/io.max`)).toContain('wbps=1048576');
    expect(await world.read(`${cgroup()}/pids.max`)).toBe('12\n');
    expect(await world.read(`${cgroup()}/cgroup.procs`)).toBe(pid);
  });
});
