import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { onDisk } from '../../../fixtures/pciTrees/onDisk.ts';
import { treeOf } from '../../../fixtures/pciTrees/shape.ts';
import { shapes } from '../../../fixtures/pciTrees/shapes.ts';
import type { PciTree } from '../../../fixtures/pciTrees/tree.ts';
import { diagnoseAll } from '../../../reconcilers/gpu/diagnose.ts';
import { membersOf } from '../../../reconcilers/gpu/group.ts';
import { obstaclesOf } from '../../../reconcilers/gpu/obstacles.ts';
import { selectDevice, theOneSuitable } from '../../../reconcilers/gpu/select.ts';
import { readHolders } from '../../../reconcilers/host/pci/holders.ts';
import type { PciHost } from '../../../reconcilers/host/pci/model.ts';
import { readPci } from '../../../reconcilers/host/pci/readPci.ts';
import { runs } from '../../runs.ts';

const trees = Object.values(shapes).map(treeOf);
const machines = trees.map((tree) => onDisk(tree, (root) => readPci(root)));

/** What may stand in a file in place of what should. */
const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '0', '-1', '0xffffffffffffffff', '(null)', 'NaN', '1e400', '../..', '0000:00:00.0'),
);

/** A machine with some of its files and links replaced by garbage, and some gone. */
const damaged: fc.Arbitrary<PciTree> = fc
  .tuple(
    fc.constantFrom(...trees),
    fc.infiniteStream(
      fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: garbage }),
    ),
    fc.infiniteStream(fc.nat({ max: 9 })),
  )
  .map(([tree, texts, dice]) => {
    const change = (table: Readonly<Record<string, string>>, keep: (text: string) => boolean) =>
      Object.fromEntries(
        Object.entries(table).flatMap(([path, text]): [string, string][] => {
          const other = texts.next().value as string | undefined;
          if (other === undefined) return [[path, text]];
          return keep(other) && dice.next().value !== 0 ? [[path, other]] : [];
        }),
      );
    // No file can be in a folder whose link is broken: those stay.
    const behind = [...Object.keys(tree.files), ...Object.keys(tree.links)];
    const links = Object.entries(tree.links);
    const roads = links.filter(([path]) => behind.some((each) => each.startsWith(`${path}/`)));
    const ends = links.filter((link) => !roads.includes(link));
    const linkText = (text: string) => text !== '' && !text.includes('\0');
    return {
      ...tree,
      files: change(tree.files, () => true),
      links: { ...Object.fromEntries(roads), ...change(Object.fromEntries(ends), linkText) },
    };
  });

function judge(pci: PciHost): void {
  theOneSuitable(pci);
  for (const device of pci.devices) {
    obstaclesOf({ device }, pci);
    expect(selectDevice({ address: device.address }, pci)).toEqual({ device });
  }
}

describe('any machine, however strange,', () => {
  it('is read and judged without a crash, and no device is in two diagnoses', () => {
    fc.assert(
      fc.property(damaged, (tree) => {
        onDisk(tree, (root) => {
          const pci = readPci(root);
          const diagnoses = diagnoseAll(pci, readHolders(root));
          const all = diagnoses.flatMap(({ device, along }) => [
            device.address,
            ...along.map((each) => each.address),
          ]);
          expect(new Set(all).size).toBe(all.length);
          const addresses = pci.devices.map(({ address }) => address);
          expect(new Set(addresses).size).toBe(addresses.length);
          judge(pci);
        });
      }),
      { numRuns: runs(200) },
    );
  });

  it('has the same diagnoses whatever JSON it went through', () => {
    for (const pci of machines) {
      const copied = JSON.parse(JSON.stringify(pci)) as PciHost;
      expect(JSON.stringify(diagnoseAll(copied, new Map()))).toBe(
        JSON.stringify(diagnoseAll(pci, new Map())),
      );
    }
  });

  it('says OK or Degraded exactly of what nothing stands against', () => {
    for (const pci of machines) {
      for (const { device, verdict, findings } of diagnoseAll(pci, new Map())) {
        const blocked =
          obstaclesOf({ device }, pci).length > 0 || (pci.platform.lockable ?? Infinity) < 2 ** 30;
        expect([device.address, verdict === 'Action Needed']).toEqual([device.address, blocked]);
        expect(verdict === 'OK').toBe(findings.length === 0);
        for (const { reason, remedy } of findings)
          expect([reason, remedy].every((text) => text !== '')).toBe(true);
      }
    }
  });

  it('is refused a device whose group has an endpoint that the host drives, and no other for its group', () => {
    for (const pci of machines) {
      for (const device of pci.devices.filter(({ header }) => header === 'endpoint')) {
        const strangers = membersOf(device, pci).filter(
          ({ role, device: member }) =>
            role === 'other' && member.driver !== undefined && member.driver !== 'vfio-pci',
        );
        const refused = obstaclesOf({ device }, pci).filter(({ code }) => code === 'gpu.group');
        expect(refused).toHaveLength(strangers.length > 0 ? 1 : 0);
        for (const { device: member } of strangers) expect(refused[0]?.message).toContain(member.address);
      }
    }
  });
});
