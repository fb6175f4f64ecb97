import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { largeTree } from '../../fixtures/pciTrees/large.ts';
import { writeTree } from '../../fixtures/pciTrees/tree.ts';
import { diagnoseAll } from '../../reconcilers/gpu/diagnose.ts';
import { readPci } from '../../reconcilers/host/pci/readPci.ts';
import { measure, must, show, timed } from './measure.ts';

/** Finding the PCI devices of a large machine, in the process, and `lspci` of the same tree as a whole process. */
export async function discovery(devices: number, times: number): Promise<string> {
  const root = await mkdtemp(join('/dev/shm', 'nova-bench-'));
  try {
    writeTree(root, largeTree(devices));
    const lspci = ['lspci', '-O', `sysfs.path=${root}/sys/bus/pci`, '-vmm'];
    const listed = (await must(lspci)).split('\n\n').filter((block) => block.trim() !== '').length;
    const first = await timed(async () => readPci(root));
    let found = 0;
    const read = await measure(times, async () => (found = readPci(root).devices.length));
    const host = readPci(root);
    const judged = await measure(times, async () => diagnoseAll(host, new Map()));
    const other = await measure(times, () => must(lspci));
    return [
      `PCI discovery of ${devices} functions`,
      `  nova, in the process          ${show(read)}, the first time ${first.toFixed(0)} ms, ${found} found`,
      `  and diagnosing its GPUs       ${show(judged)}`,
      `  lspci -vmm, a process         ${show(other)}, ${listed} found`,
    ].join('\n');
  } finally {
    await rm(root, { recursive: true });
  }
}
