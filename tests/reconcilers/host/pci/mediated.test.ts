import { describe, expect, it } from 'vitest';

import { onDisk } from '../../../../fixtures/pciTrees/onDisk.ts';
import { readPci } from '../../../../reconcilers/host/pci/readPci.ts';

const folder = '/sys/bus/pci/devices/0000:02:00.0';
const uuid = '5b0f8a3c-7f10-5a8e-9c1d-0242ac120002';

describe('readPci', () => {
  it('tells which mediated devices a driver makes, and which it has made', () => {
    const files = {
      [`${folder}/uevent`]: 'PCI_CLASS=30000\nPCI_ID=8086:5912\nDRIVER=i915\n',
      [`${folder}/mdev_supported_types/i915-GVTg_V5_4/name`]: '\n',
      [`${folder}/mdev_supported_types/i915-GVTg_V5_4/description`]:
        'low_gm_size: 128MB\nhigh_gm_size: 512MB\n',
      [`${folder}/mdev_supported_types/i915-GVTg_V5_4/device_api`]: 'vfio-pci\n',
      [`${folder}/mdev_supported_types/i915-GVTg_V5_4/available_instances`]: '1\n',
      [`${folder}/${uuid}/remove`]: '',
    };
    const links = { [`${folder}/${uuid}/mdev_type`]: '../mdev_supported_types/i915-GVTg_V5_4' };
    onDisk({ source: 'a test', files, links, bytes: {} }, (root) => {
      const [device] = readPci(root).devices;
      expect(device?.mdevTypes).toEqual([
        {
          type: 'i915-GVTg_V5_4',
          name: '',
          description: 'low_gm_size: 128MB high_gm_size: 512MB',
          api: 'vfio-pci',
          available: 1,
        },
      ]);
      expect(device?.mediated).toEqual([{ uuid, type: 'i915-GVTg_V5_4' }]);
    });
  });
});
