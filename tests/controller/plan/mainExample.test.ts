import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { makePlan } from '../../../controller/plan/makePlan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import { onDisk } from '../../../fixtures/pciTrees/onDisk.ts';
import { treeOf } from '../../../fixtures/pciTrees/shape.ts';
import { shapes } from '../../../fixtures/pciTrees/shapes.ts';
import { readPci } from '../../../reconcilers/host/pci/readPci.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const example = fileURLToPath(new URL('../../../fixtures/novafiles/good/devLab.toml', import.meta.url));

/** What is said of the main example on a machine that lacks its interface and its image. */
async function said(shape: keyof typeof shapes | undefined): Promise<readonly string[]> {
  const host = makeWorld('dev-lab');
  host.kernel.machine.pci = onDisk(treeOf(shapes[shape ?? 'hopperSxm']), (root) => {
    const pci = readPci(root);
    return shape === undefined ? { ...pci, devices: [] } : pci;
  });
  host.kernel.makeDirectory('/lab/api');
  const manifest = await readManifest(readFileSync(example, 'utf8'));
  const { resources } = makePlan(manifest, await survey(host.view(), manifest));
  return resources.flatMap(({ problems }) => problems.map(({ message }) => message)).toSorted();
}

const lacking = [
  'network.nova-net: overlays with the driver quic are not built yet',
  'there is no file /var/lib/nova/images/win11.qcow2',
  'this host has no interface enp6s0',
];

it('the main example lacks three things where there is a GPU for it', async () => {
  expect(await said('haswellDesktop')).toEqual(lacking);
  expect(await said('muxlessLaptop')).toEqual(lacking);
});

it('the main example says the reason where there is none', async () => {
  const reason = 'this host has no GPU that could be handed over';
  expect(await said(undefined)).toEqual([...lacking, reason].toSorted());
  const shared = await said('splitSlot');
  expect(shared).toHaveLength(4);
  expect(shared.join('\n')).toMatch(/shares its IOMMU group 2 with 0000:02:00\.0/);
});
