import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { unifiedFolder } from '../../../reconcilers/host/cgroupTree.ts';
import { writerCgroup, writersCgroup } from '../../../reconcilers/host/pci/pciPort.ts';
import { createPciWriter } from '../../../reconcilers/host/pci/pciWrites.ts';
import { settleWriters } from '../../../reconcilers/host/pci/settleWriters.ts';
import { readMembers } from '../../../reconcilers/host/viewProcesses.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import { forceGone } from '../support/forceGone.ts';
import { must } from '../support/shell.ts';

const address = '0000:99:00.0';

/** What stands for a file of sysfs here: the kernel does not come back from opening a pipe that nobody reads. */
describe('a write about a device', () => {
  let folder: string;
  let scope: ReturnType<typeof scopeOf>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nova-test-'));
    scope = scopeOf(`nvt-${randomBytes(4).toString('hex')}`, folder);
  });

  afterEach(async () => {
    await forceGone(scope);
    await rm(folder, { recursive: true });
  });

  const write = (name: string, wait?: number): Promise<void> =>
    createPciWriter(scope, () => undefined, wait)({ address, file: join(folder, name), text: 'vfio-pci' });

  it('is one line, and leaves no process and no control group', async () => {
    await writeFile(join(folder, 'driver_override'), '(null)\n');
    await write('driver_override');
    expect(await readFile(join(folder, 'driver_override'), 'utf8')).toBe('vfio-pci\n');
    expect(existsSync(unifiedFolder(writersCgroup(scope)))).toBe(false);
  });

  it("that is refused is told in the kernel's words", async () => {
    await expect(write('')).rejects.toMatchObject({
      code: 'host.command',
      message: expect.stringMatching(/^echo vfio-pci > .*: Is a directory$/),
    });
  });

  it('that does not come back is left behind, is found again, and is not made twice', async () => {
    await must(['mkfifo', join(folder, 'unbind')]);
    await expect(write('unbind', 200)).rejects.toMatchObject({ code: 'gpu.stuck' });
    const cgroup = writerCgroup(scope, address);
    const [left] = readMembers(cgroup).values();
    expect(left?.argv.at(-1)).toBe(join(folder, 'unbind'));
    await expect(write('unbind')).rejects.toMatchObject({
      code: 'gpu.stuck',
      message: `the kernel has not come back from an earlier write to ${join(folder, 'unbind')}`,
    });
    expect(readMembers(cgroup).size).toBe(1);
    // Somebody reads at last.
    expect(await readFile(join(folder, 'unbind'), 'utf8')).toBe('vfio-pci\n');
    await settleWriters(scope);
    expect(existsSync(unifiedFolder(writersCgroup(scope)))).toBe(false);
  });
});
