import { describe, expect, it } from 'vitest';

import { onDisk } from '../../../../fixtures/pciTrees/onDisk.ts';
import { treeOf } from '../../../../fixtures/pciTrees/shape.ts';
import { shapes } from '../../../../fixtures/pciTrees/shapes.ts';
import { readState } from '../../../../reconcilers/host/pci/readDevices.ts';
import { readPci } from '../../../../reconcilers/host/pci/readPci.ts';
import { openTree } from '../../../../reconcilers/host/pci/tree.ts';

describe('readState', () => {
  it.each(Object.entries(shapes))(
    'says of each device alone what the whole bus says of it: %s',
    (_, shape) => {
      onDisk(treeOf(shape), (root) => {
        const { devices } = readPci(root);
        expect(devices.length).toBeGreaterThan(0);
        for (const device of devices) {
          const { address, driver, driverOverride, group, resetMethods, sriov, functions } = device;
          const state = { address, driver, driverOverride, group, resetMethods, sriov, functions };
          expect(readState(openTree(root), address)).toEqual(state);
        }
      });
    },
  );

  it('says nothing of a device that is not there, nor of what is no address', () => {
    onDisk(treeOf(Object.values(shapes)[0] as Parameters<typeof treeOf>[0]), (root) => {
      expect(readState(openTree(root), '0000:77:00.0')).toBeUndefined();
      expect(readState(openTree(root), '../../kernel')).toBeUndefined();
    });
  });
});
