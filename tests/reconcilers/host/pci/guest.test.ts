import { describe, expect, it } from 'vitest';

import { onDisk } from '../../../../fixtures/pciTrees/onDisk.ts';
import { readPci } from '../../../../reconcilers/host/pci/readPci.ts';

describe('whether a machine is a virtual one', () => {
  const cases = [
    { flags: ' fpu hypervisor sse', vendor: '8086', guest: true, reason: 'its processor says so' },
    { flags: ' fpu sse', vendor: '1af4', guest: false, reason: 'a card of metal may speak virtio as well' },
    { flags: undefined, vendor: '1af4', guest: true, reason: 'its processor says nothing, its devices do' },
    { flags: undefined, vendor: '8086', guest: false, reason: 'nothing says so' },
  ];

  it.each(cases)('is $guest: $reason', ({ flags, vendor, guest }) => {
    const files = {
      '/proc/cpuinfo': `vendor_id\t: GenuineIntel\n${flags === undefined ? '' : `flags\t\t:${flags}\n`}`,
      '/sys/bus/pci/devices/0000:00:01.0/uevent': `PCI_CLASS=20000\nPCI_ID=${vendor}:1041\n`,
    };
    onDisk({ source: 'a test', files, links: {}, bytes: {} }, (root) => {
      expect(readPci(root).platform.guest).toBe(guest);
    });
  });
});
