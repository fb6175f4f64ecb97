import { describe, expect, it } from 'vitest';

import { onDisk } from '../../../../fixtures/pciTrees/onDisk.ts';
import { type Shape, treeOf } from '../../../../fixtures/pciTrees/shape.ts';
import { readPci } from '../../../../reconcilers/host/pci/readPci.ts';

const devices = `
  00:1d.0 0108 144d:a80a 00 1 nvme Samsung | One
  00:1e.0 0108 144d:a80a 00 2 nvme Samsung | Two
  00:1f.0 0200 8086:15f3 00 3 igc Intel Corporation | First
  00:1f.1 0200 8086:15f3 00 4 igc Intel Corporation | Second`;

const makes = {
  '00:1d.0': ['block/nvme0n1', 'block/nvme0n1/nvme0n1p2'],
  '00:1e.0': ['block/nvme1n1', 'block/nvme1n1/nvme1n1p2'],
  '00:1f.0': ['net/enp1'],
  '00:1f.1': ['net/enp2'],
};

/** What of the host stands on each device: `00:1d.0 mount /`. */
function needsOf(given: Partial<Shape>): readonly string[] {
  return onDisk(treeOf({ source: 'made', devices, makes, ...given }), (root) =>
    readPci(root).devices.flatMap(({ address, needs }) =>
      needs.map((need) => {
        const what = need.what === 'mount' ? need.target : need.what === 'uplink' ? need.link : '';
        return `${address.slice(5)} ${need.what} ${what}`.trim();
      }),
    ),
  );
}

const mounted = (number: string, target: string, type: string, source: string): string =>
  `22 1 ${number} / ${target} rw - ${type} ${source} rw\n`;
const virtual = (path: string): string => `../../devices/virtual/${path}`;

describe('what the host stands on', () => {
  it.each([
    [{ root: 'nvme0n1p2' }, ['00:1d.0 mount /'], 'a partition'],
    [
      {
        files: {
          '/proc/self/mountinfo': mounted('254:1', '/', 'ext4', '/dev/mapper/vg-root'),
          '/sys/class/block/dm-1/slaves/dm-0/x': '',
          '/sys/class/block/dm-0/slaves/nvme1n1p2/x': '',
        },
        links: { '/sys/dev/block/254:1': virtual('block/dm-1') },
      },
      ['00:1e.0 mount /'],
      'LVM on an encrypted partition',
    ],
    [
      {
        files: {
          '/proc/self/mountinfo': mounted('9:0', '/srv', 'ext4', '/dev/md0'),
          '/sys/class/block/md0/slaves/nvme0n1p2/x': '',
          '/sys/class/block/md0/slaves/nvme1n1p2/x': '',
        },
        links: { '/sys/dev/block/9:0': virtual('block/md0') },
      },
      ['00:1d.0 mount /srv', '00:1e.0 mount /srv'],
      'a mirror',
    ],
    [
      {
        files: {
          '/proc/self/mountinfo': mounted('0:25', '/', 'btrfs', '/dev/nvme0n1p2'),
          '/sys/fs/btrfs/5f3c/devices/nvme0n1p2/x': '',
          '/sys/fs/btrfs/5f3c/devices/nvme1n1p2/x': '',
        },
      },
      ['00:1d.0 mount /', '00:1e.0 mount /'],
      'btrfs on two disks',
    ],
    [
      { files: { '/proc/swaps': 'Filename Type Size Used Priority\n/dev/nvme1n1p2 partition 1 0 -2\n' } },
      ['00:1e.0 swap'],
      'swap',
    ],
    [{ uplink: 'enp2' }, ['00:1f.1 uplink enp2'], 'a default route'],
    [
      {
        uplink: 'vlan7',
        files: {
          '/sys/class/net/vlan7/lower_bond0/x': '',
          '/sys/class/net/bond0/lower_enp1/x': '',
          '/sys/class/net/bond0/lower_enp2/x': '',
        },
      },
      ['00:1f.0 uplink vlan7', '00:1f.1 uplink vlan7'],
      'a VLAN on a bond',
    ],
    [
      {
        files: {
          '/proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe80 00000400 00000001 00000000 00000003     enp1\n`,
        },
      },
      ['00:1f.0 uplink enp1'],
      'a default route of IPv6',
    ],
    [{}, [], 'nothing'],
  ] as const)('%o are %j: %s', (given, needs, _reason) => {
    expect(needsOf(given)).toEqual(needs);
  });
});
