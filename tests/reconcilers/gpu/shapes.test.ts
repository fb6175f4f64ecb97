import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { gpuInfoText } from '../../../controller/render/gpuInfo.ts';
import { diagnosesText, gpuTable } from '../../../controller/render/gpu.ts';
import { createStyle } from '../../../controller/render/style.ts';
import { onDisk } from '../../../fixtures/pciTrees/onDisk.ts';
import { treeOf } from '../../../fixtures/pciTrees/shape.ts';
import { shapes } from '../../../fixtures/pciTrees/shapes.ts';
import type { PciTree } from '../../../fixtures/pciTrees/tree.ts';
import { diagnoseAll } from '../../../reconcilers/gpu/diagnose.ts';
import { nvidiaFacts } from '../../../reconcilers/gpu/nvidia.ts';
import { theOneSuitable } from '../../../reconcilers/gpu/select.ts';
import { readHolders } from '../../../reconcilers/host/pci/holders.ts';
import { readPciNames } from '../../../reconcilers/host/pci/names.ts';
import { parseSmi } from '../../../reconcilers/host/pci/nvidiaSmi.ts';
import { readPci } from '../../../reconcilers/host/pci/readPci.ts';

// UPDATE_GOLDEN=1 writes what is found as what is expected: look at the difference before keeping it.
const update = process.env['UPDATE_GOLDEN'] === '1';

/** All that a person is told of a machine's GPUs: the list, what is wrong, which one is suitable, and everything of the first. */
function told(tree: PciTree): string {
  return onDisk(tree, (root) => {
    const [pci, names] = [readPci(root), readPciNames(root)];
    const diagnoses = diagnoseAll(pci, readHolders(root));
    const style = createStyle(false);
    const smi = parseSmi(tree.nvidiaSmi ?? '');
    const one = theOneSuitable(pci);
    const chosen =
      'device' in one
        ? one.device.address
        : `${one.issue.message} [${one.issue.code}]\n  hint: ${one.issue.hint}`;
    const infos = diagnoses.slice(-1).map((diagnosis) => {
      const { device } = diagnosis;
      const name = names.device(device.vendor, device.device);
      const nvidia = nvidiaFacts(device, pci.platform, name, smi.get(device.address));
      return gpuInfoText({ pci, diagnosis, names, nvidia }, style);
    });
    return [
      `# ${tree.source}\n`,
      `$ nova gpu ls\n${gpuTable(diagnoses, names)}`,
      `$ nova gpu diagnose\n${diagnosesText(diagnoses, names, style)}`,
      ...infos.map((info) => `$ nova gpu info\n${info}`),
      `gpu_passthrough = true: ${chosen}\n`,
    ].join('\n');
  });
}

const recorded = new URL('../../../fixtures/pciTrees/recorded/', import.meta.url);
const recordings = readdirSync(recorded).map((file) => {
  const tree = JSON.parse(readFileSync(new URL(file, recorded), 'utf8')) as PciTree;
  return [file.replace('.json', ''), tree] as const;
});
const described = Object.entries(shapes).map(([name, shape]) => [name, treeOf(shape)] as const);

describe('a machine as people have described it, or as it was recorded,', () => {
  it.each([...described, ...recordings])('is diagnosed as it is known to be: %s', (name, tree) => {
    const golden = fileURLToPath(new URL(`golden/${name}.txt`, import.meta.url));
    const found = told(tree);
    if (update) writeFileSync(golden, found);
    expect(existsSync(golden), `${golden} is to be written with UPDATE_GOLDEN=1`).toBe(true);
    expect(found).toBe(readFileSync(golden, 'utf8'));
  });
});
