import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { connectLab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
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
  const inside = (script: string) => world.nova(['exec', 'small', '--', 'sh', '-c', script]);

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
    expect((await inside('tail /dev/zero')).code).not.toBe(0);
    expect(await count('memory.events', 'oom_kill')).toBeGreaterThan(0);
  });

  it('pids: a process more is refused', async () => {
    const { stderr } = await inside('for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do sleep 2 & done; wait');
    expect(stderr).toMatch(/fork/);
    expect(await count('pids.events', 'max')).toBeGreaterThan(0);
  });

  it('cpu: who wants more waits', async () => {
    await inside('timeout 2 sh -c "while :; do :; done"');
    expect(await count('cpu.stat', 'nr_throttled')).toBeGreaterThan(5);
  });

  it('one of io that was changed by hand is drift, and is mended', async () => {
    await world.writeAt(`${above()}/io.max`, '254:0 wbps=max');
    expect((await world.drift()).flatMap(({ fields }) => fields.map(({ path }) => path))).toEqual([
      'limits.io',
    ]);
    await world.novaMust(['apply', '--yes']);
    expect(await world.read(`${above()}/io.max`)).toContain('wbps=1048576');
  });

  it('one that was changed by hand is drift, and is mended while the capsule runs', async () => {
    const pid = await world.read(`${cgroup()}/cgroup.procs`);
    await world.writeAt(`${cgroup()}/pids.max`, '99');
    const [item] = await world.drift();
    expect(item).toMatchObject({ address: 'container.small', class: 'changed' });
    expect(item?.fields.map(({ path }) => path)).toEqual(['limits.pids']);
    await world.novaMust(['apply', '--yes']);
    expect(await world.read(`${cgroup()}/pids.max`)).toBe('12\n');
    expect(await world.read(`${cgroup()}/cgroup.procs`)).toBe(pid);
  });
});
