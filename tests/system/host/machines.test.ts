import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createCommandRunner } from '../../../reconcilers/host/commandRunner.ts';
import { probeKvm } from '../../../reconcilers/host/acceleratorProbe.ts';
import { createAcceleratorChoice, rememberedAccelerator } from '../../../reconcilers/host/accelerator.ts';
import { unifiedFolder } from '../../../reconcilers/host/cgroupTree.ts';
import { localCgroups } from '../../../reconcilers/host/cgroups.ts';
import { createDisks } from '../../../reconcilers/host/disks.ts';
import { createProcesses } from '../../../reconcilers/host/processes.ts';
import { readDisk } from '../../../reconcilers/host/viewDisk.ts';
import { workCgroupOf } from '../../../reconcilers/host/workCgroup.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import { must } from '../support/shell.ts';

let folder: string;
const scope = scopeOf(undefined, `/nova-test-${process.pid}`);
const runner = createCommandRunner(workCgroupOf(scope, 'machines'));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-machines-'));
});

afterAll(async () => {
  await localCgroups.kill(`/nova/${scope.id}`, new AbortController().signal);
  await localCgroups.remove(`/nova/${scope.id}`);
  rmSync(folder, { recursive: true });
  rmSync(scope.run, { recursive: true, force: true });
});

describe('disks', () => {
  const disks = createDisks(runner);

  it('lies over a raw image with a comma in its name, as large as that, and grows', async () => {
    const [base, path] = [join(folder, 'a,b c.raw'), join(folder, 'raw.qcow2')];
    writeFileSync(base, '');
    truncateSync(base, 2 ** 20);
    await disks.overlay({ path, base, size: undefined });
    expect(readDisk(path)).toEqual({ format: 'qcow2', size: 2 ** 20, backing: base });
    await disks.grow(path, 3 * 2 ** 20);
    expect(readDisk(path).size).toBe(3 * 2 ** 20);
    await disks.overlay({ path, base, size: 5 * 2 ** 20 });
    expect(readDisk(path).size).toBe(5 * 2 ** 20);
  });

  it('lies over a qcow2 image, and is never smaller', async () => {
    const [base, path] = [join(folder, 'base.qcow2'), join(folder, 'over.qcow2')];
    await must(['qemu-img', 'create', '-q', '-f', 'qcow2', base, '4M']);
    await disks.overlay({ path, base, size: 2 ** 20 });
    expect(readDisk(path)).toEqual({ format: 'qcow2', size: 4 * 2 ** 20, backing: base });
    const { backing } = JSON.parse(await must(['qemu-img', 'info', '--output=json', path])) as {
      backing?: string;
    };
    expect(backing).toBeUndefined();
    expect(await must(['qemu-img', 'info', path])).toContain('backing file format: qcow2');
  });

  it('says what qemu-img said', async () => {
    const missing = disks.grow(join(folder, 'nothing.qcow2'), 2 ** 20);
    await expect(missing).rejects.toMatchObject({ code: 'host.command' });
  });
});

describe('start', () => {
  const processes = createProcesses(scope, runner);
  const cgroup = `/nova/${scope.id}/started`;

  it('says what a program said that ends before it is up', async () => {
    const argv = ['qemu-system-x86_64', '-nodefaults', '-display', 'none', '-device', 'nothing'];
    const started = processes.start({ argv, cgroup, inNamespace: false, up: async () => false });
    await expect(started).rejects.toMatchObject({
      code: 'host.command',
      message: expect.stringContaining('nothing') as string,
    });
  });

  it('leaves it running when it is up', async () => {
    const procs = `${unifiedFolder(cgroup)}/cgroup.procs`;
    const up = async () => readFileSync(procs, 'utf8') !== '';
    await processes.start({ argv: ['sleep', '1000'], cgroup, inNamespace: false, up });
    expect(readFileSync(procs, 'utf8')).toMatch(/^\d+\n$/);
    await localCgroups.kill(cgroup, new AbortController().signal);
  });
});

describe('the accelerator', () => {
  it('is found by trying, and known from then on', async () => {
    const found = await createAcceleratorChoice(scope, 'machines', runner)();
    expect(['kvm', 'tcg']).toContain(found.choice);
    expect(found.why === '').toBe(found.choice === 'kvm');
    expect(rememberedAccelerator(scope)?.choice).toBe(found.choice);
  });

  const trials = [
    { reason: 'it is faster', kvm: 'sleep 0.1; exit 33', tcg: 'sleep 1; exit 33', why: /^$/ },
    {
      reason: 'it never answers, where others are fast',
      kvm: 'exec sleep 60',
      tcg: 'sleep 0.1; exit 33',
      why: /^a tiny machine that takes [1-9]\d* ms without it did not run within [\d.]+ s with it$/,
    },
    {
      reason: 'it is as slow as everything here',
      kvm: 'sleep 2.2; exit 33',
      tcg: 'sleep 2; exit 33',
      why: /^$/,
    },
    {
      reason: 'it answers, and is much slower',
      kvm: 'sleep 1; exit 33',
      tcg: 'exit 33',
      why: /^a tiny machine that takes \d+ ms without it takes \d+ ms with it$/,
    },
    { reason: 'it is refused', kvm: 'echo no access >&2; exit 1', tcg: 'exit 33', why: /^no access$/ },
  ];

  it.each(trials)('is measured by the other one: $reason', async ({ kvm, tcg, why }) => {
    const qemu = join(folder, 'qemu');
    writeFileSync(qemu, `#!/bin/sh\ncase "$*" in *"accel kvm"*) ${kvm} ;; *) ${tcg} ;; esac\n`, {
      mode: 0o755,
    });
    expect((await probeKvm(scope, 'machines', runner, qemu)) ?? '').toMatch(why);
  });
});
