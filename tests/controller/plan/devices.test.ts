import { describe, expect, it } from 'vitest';

import { makePlan } from '../../../controller/plan/makePlan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import { onDisk } from '../../../fixtures/pciTrees/onDisk.ts';
import { treeOf } from '../../../fixtures/pciTrees/shape.ts';
import { shapes } from '../../../fixtures/pciTrees/shapes.ts';
import type { Holder } from '../../../reconcilers/host/pci/holders.ts';
import { readPci } from '../../../reconcilers/host/pci/readPci.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

/** Who has which device node open. */
type Open = Readonly<Record<string, readonly Holder[]>>;

/** What a plan says of PCI devices that are declared on a machine as people have described it. Nothing is written. */
async function planned(shape: keyof typeof shapes, declared: string, open: Open = {}) {
  const host = makeWorld();
  for (const [node, holders] of Object.entries(open)) host.kernel.machine.holders.set(node, holders);
  host.kernel.machine.pci = onDisk(treeOf(shapes[shape]), (root) => readPci(root));
  const before = host.print();
  const manifest = await readManifest(`project = "demo"\n${declared}`);
  const { resources } = makePlan(manifest, await survey(host.view(), manifest));
  expect(host.print()).toBe(before);
  return resources.map(({ address, steps, problems }) => ({
    address,
    steps: steps.length,
    problems: problems.map(({ code, message }) => `${code}: ${message}`),
  }));
}

async function problemsOf(
  shape: keyof typeof shapes,
  declared: string,
  open?: Open,
): Promise<readonly string[]> {
  const resources = await planned(shape, declared, open);
  for (const { problems, steps } of resources) expect(problems.length > 0 && steps > 0).toBe(false);
  return resources.flatMap(({ problems }) => problems);
}

describe('a plan', () => {
  it('hands over what can be handed over', async () => {
    expect(await planned('haswellDesktop', '[gpu.card]\nvendor = "nvidia"\n')).toEqual([
      { address: 'gpu.card', steps: expect.any(Number), problems: [] },
    ]);
    expect((await planned('haswellDesktop', '[gpu.card]\nvendor = "nvidia"\n'))[0]?.steps).toBeGreaterThan(0);
  });

  it.each([
    [
      'splitSlot',
      'address = "01:00.0"',
      /^gpu\.group: 0000:01:00\.0 shares its IOMMU group 2 with 0000:02:00\.0 \(disk controller, nvme: it carries \//,
      'its group has the disk of the host in it',
    ],
    [
      'chipsetSwitch',
      'address = "04:00.0"',
      /^gpu\.group: .*0000:01:00\.0 \(USB controller, xhci_hcd\), 0000:01:00\.1 .*0000:03:00\.0/,
      'everything behind a switch is one group',
    ],
    [
      'apuLaptop',
      'address = "04:00.3"',
      /^gpu\.group: .*0000:04:00\.0 \(display, amdgpu: it is the only display/,
      'a USB controller beside the GPU',
    ],
    [
      'splitSlot',
      'address = "02:00.0"',
      /^gpu\.needed: the host needs 0000:02:00\.0 itself: it carries \/, on the disk nvme0n1p3$/,
      'the root disk',
    ],
    [
      'splitSlot',
      'address = "03:00.0"',
      /^gpu\.needed: .*its default route goes through it, by the link vmbr0$/,
      'the uplink, below a bridge',
    ],
    [
      'twoCards',
      'address = "07:00.0"',
      /^gpu\.needed: .*it is the only display, with a screen on DP-1$/,
      'the only display',
    ],
    ['haswellDesktop', 'address = "00:01.0"', /^gpu\.unsuitable: 0000:00:01\.0 is a bridge/, 'a bridge'],
    [
      'blackwellFunctions',
      'address = "42:00.0"',
      /^gpu\.unsuitable: 0000:42:00\.0 is split into 3 virtual functions/,
      'what is split',
    ],
    [
      'firmwareOff',
      'vendor = "amd"',
      /^gpu\.iommu: .*the firmware tells of no IOMMU$/,
      'no IOMMU in the firmware',
    ],
    [
      'commandLineOff',
      'vendor = "nvidia"',
      /^gpu\.iommu: .*the kernel does not use it$/,
      'no IOMMU in the kernel',
    ],
    [
      'haswellDesktop',
      'vendor = "amd"',
      /^gpu\.missing: this host has no display device of the vendor 1002$/,
      'no such device',
    ],
    [
      'turingSwitch',
      'vendor = "nvidia"',
      /^gpu\.missing: this host has 2 that this could be: 0000:1b:00\.0, 0000:1c:00\.0$/,
      'more than one such device',
    ],
    [
      'haswellDesktop',
      'vendor = "nvidia"\nsriov_vfs = 2',
      /^gpu\.unsuitable: 0000:01:00\.0 cannot be split/,
      'what cannot be split',
    ],
  ] as const)('refuses on %s: %s', async (shape, said, told, _reason) => {
    const problems = await problemsOf(shape, `[gpu.it]\n${said}\n`);
    expect(problems.filter((problem) => told.test(problem))).toHaveLength(1);
  });

  it('refuses what programs of the host have open', async () => {
    const holders = [{ pid: 811, command: 'Xorg' }];
    const told = await problemsOf('haswellDesktop', '[gpu.card]\nvendor = "nvidia"\n', {
      '/dev/dri/card1': holders,
    });
    expect(told).toEqual(['gpu.busy: 0000:01:00.0 is in use by process 811 (Xorg)']);
  });

  it('refuses the second of two that mean one device by two names', async () => {
    const twice = '[gpu.a]\nvendor = "nvidia"\n[gpu.b]\naddress = "01:00.0"\n';
    expect(await problemsOf('haswellDesktop', twice)).toEqual([
      'gpu.conflict: gpu.b means the device 0000:01:00.0, and so does gpu.a',
    ]);
  });

  it('lets devices share a group when all of it is handed over', async () => {
    const both = '[gpu.it]\naddress = "04:00.0"\n[gpu.nic]\naddress = "03:00.0"\n';
    const problems = await problemsOf('chipsetSwitch', both);
    expect(problems.filter((problem) => problem.startsWith('gpu.group')).join()).not.toContain(
      '0000:03:00.0 (',
    );
  });
});
