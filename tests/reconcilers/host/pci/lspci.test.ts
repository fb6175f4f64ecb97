import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { largeTree } from '../../../../fixtures/pciTrees/large.ts';
import { onDisk } from '../../../../fixtures/pciTrees/onDisk.ts';
import { nameOf } from '../../../../reconcilers/gpu/nameOf.ts';
import { readPciNames } from '../../../../reconcilers/host/pci/names.ts';
import { readPci } from '../../../../reconcilers/host/pci/readPci.ts';

/** Address, class, vendor, device and driver, as lspci prints them: `0000:00:02.0 030000 8086:4680 i915`. */
function listed(options: readonly string[]): readonly string[] {
  const text = execFileSync('lspci', [...options, '-D', '-n', '-vmm', '-k'], { encoding: 'utf8' });
  const blocks = text.split('\n\n').filter((block) => block.trim() !== '');
  return blocks.map((block) => {
    const value = (key: string) => new RegExp(`^${key}:\t(.+)$`, 'm').exec(block)?.[1] ?? '-';
    return [value('Slot'), value('Class'), `${value('Vendor')}:${value('Device')}`, value('Driver')].join(
      ' ',
    );
  });
}

function found(root = ''): readonly string[] {
  return readPci(root).devices.map(({ address, class: kind, vendor, device, driver = '-' }) => {
    const classOf = (kind >>> 8).toString(16).padStart(4, '0');
    return [address, classOf, `${vendor}:${device}`, driver].join(' ');
  });
}

describe('readPci', () => {
  it('finds on this machine what lspci finds', () => {
    expect(found()).toEqual(listed([]));
  });

  it('finds on a large machine what lspci finds', () => {
    onDisk(largeTree(500), (root) => {
      // It looks for drivers in the machine's own sysfs.
      const bare = (lines: readonly string[]) => lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
      expect(bare(found(root))).toEqual(bare(listed(['-O', `sysfs.path=${root}/sys/bus/pci`])));
    });
  });
});

describe('readPciNames', () => {
  it('has the names that lspci has for the devices of this machine', () => {
    const names = readPciNames();
    const text = execFileSync('lspci', ['-D', '-mm'], { encoding: 'utf8' });
    for (const device of readPci().devices) {
      const line = text.split('\n').find((each) => each.startsWith(device.address)) ?? '';
      const [, , model] = line.match(/"[^"]*"/g) ?? [];
      const name = names.device(device.vendor, device.device);
      expect(model).toBe(name === undefined ? `"Device ${device.device}"` : `"${name}"`);
      expect(nameOf(device, names)).toContain(name ?? device.device);
    }
  });
});
