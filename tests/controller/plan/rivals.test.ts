import { describe, expect, it } from 'vitest';

import { dependenciesOf } from '../../../controller/plan/dependencies.ts';
import { lastSeenIn } from '../../../controller/plan/lastSeen.ts';
import type { PlannedResource } from '../../../controller/plan/plan.ts';
import { withoutRivals } from '../../../controller/plan/rivals.ts';
import { survey } from '../../../controller/plan/survey.ts';
import { onDisk } from '../../../fixtures/pciTrees/onDisk.ts';
import { treeOf } from '../../../fixtures/pciTrees/shape.ts';
import { shapes } from '../../../fixtures/pciTrees/shapes.ts';
import { readPci } from '../../../reconcilers/host/pci/readPci.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

type Planned = Pick<PlannedResource, 'address' | 'action' | 'steps' | 'problems'>;

const machine = (name: string, wanted: string) =>
  `[vm.${name}]\nimage = "/lab/disk.raw"\ngpu_passthrough = ${wanted}\n`;

async function conflictsOn(shape: keyof typeof shapes, declared: string): Promise<readonly string[]> {
  const host = makeWorld();
  host.kernel.machine.pci = onDisk(treeOf(shapes[shape]), (root) => readPci(root));
  const manifest = await readManifest(`project = "demo"\n${declared}`);
  const lastSeen = lastSeenIn(await survey(host.view(), manifest));
  const deps = dependenciesOf(manifest, lastSeen);
  const planned = manifest.resources.map(({ address }): Planned => {
    return { address, action: 'create', steps: [], problems: [] };
  });
  return withoutRivals(planned, manifest, { deps, lastSeen }).flatMap(({ problems }) =>
    problems.map(({ code, message }) => `${code}: ${message}`),
  );
}

const cards = '[gpu.one]\naddress = "1b:00.0"\n[gpu.two]\naddress = "1c:00.0"\n';

describe('withoutRivals', () => {
  it('lets machines have what is in groups of their own', async () => {
    const both = `${cards}${machine('a', '["one"]')}${machine('b', '["two"]')}`;
    expect(await conflictsOn('turingSwitch', both)).toEqual([]);
    expect(await conflictsOn('turingSwitch', `${cards}${machine('a', '["one", "two"]')}`)).toEqual([]);
  });

  it('refuses the second machine that takes from one group', async () => {
    const split = `[gpu.one]\naddress = "04:00.0"\n[gpu.nic]\naddress = "03:00.0"\n${machine('a', '["one"]')}${machine('b', '["nic"]')}`;
    expect(await conflictsOn('chipsetSwitch', split)).toEqual([
      'gpu.conflict: vm.b takes 0000:03:00.0, which shares the IOMMU group 12 with 0000:04:00.0 of vm.a',
    ]);
    expect(await conflictsOn('chipsetSwitch', split.replace('[vm.a]', '[vm.a]\nstate = "stopped"'))).toEqual(
      [],
    );
  });

  it('refuses the one suitable GPU when that is declared', async () => {
    const declared = `[gpu.card]\nvendor = "nvidia"\n${machine('a', 'true')}`;
    expect(await conflictsOn('haswellDesktop', declared)).toEqual([
      'gpu.conflict: the one suitable GPU for vm.a would be 0000:01:00.0, which is gpu.card',
    ]);
    expect(await conflictsOn('haswellDesktop', machine('a', 'true'))).toEqual([]);
  });
});
