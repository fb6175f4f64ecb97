import { describe, expect, it } from 'vitest';

import { noPci } from '../../../fixtures/fakeHost/pci.ts';
import { pciDevice } from '../../../fixtures/pciDevice.ts';
import { claimConflicts } from '../../../reconcilers/gpu/claims.ts';
import { lockingProblems } from '../../../reconcilers/gpu/memory.ts';
import { obstaclesOf } from '../../../reconcilers/gpu/obstacles.ts';
import type { PciDevice, PciHost, Platform } from '../../../reconcilers/host/pci/model.ts';

const card = pciDevice({ address: '0000:01:00.0', driver: 'nvidia' });
const sound = pciDevice({ address: '0000:01:00.1', class: 0x040300, driver: 'snd_hda_intel' });
const port = pciDevice({
  address: '0000:00:01.0',
  class: 0x060400,
  header: 'bridge',
  driver: 'pcieport',
  group: 1,
});
const nic = pciDevice({ address: '0000:02:00.0', class: 0x020000, driver: 'igb', group: 1 });

function told(
  device: PciDevice,
  others: readonly PciDevice[] = [],
  platform: Partial<Platform> = {},
): readonly string[] {
  const pci: PciHost = { devices: [device, ...others], platform: { ...noPci.platform, ...platform } };
  return obstaclesOf({ device }, pci).map(({ code, message }) => `${code}: ${message}`);
}

describe('obstaclesOf', () => {
  it('finds none for a card with its functions, and a bridge in the group', () => {
    expect(told(card, [sound, port])).toEqual([]);
  });

  it.each([
    [{ driver: undefined }, 'nobody drives it'],
    [{ driver: 'vfio-pci' }, 'it is kept for machines already'],
    [{ driver: 'pci-stub' }, 'its place is held'],
  ])('takes a stranger in the group that does no harm: %o, as %s', (given, _reason) => {
    expect(told(card, [{ ...nic, ...given }])).toEqual([]);
  });

  it('names everything in the group that the host drives', () => {
    expect(told(card, [nic, { ...nic, address: '0000:03:00.0', class: 0x010601, driver: 'ahci' }])).toEqual([
      'gpu.group: 0000:01:00.0 shares its IOMMU group 1 with 0000:02:00.0 (network controller, igb), 0000:03:00.0 (disk controller, ahci), and a group goes to a machine as a whole',
    ]);
  });

  it('says what of the host stands on a stranger in the group', () => {
    const disk = { ...nic, needs: [{ what: 'mount', target: '/', disk: 'sda' }] } as const;
    const [problem] = obstaclesOf({ device: card }, { ...noPci, devices: [card, disk] });
    expect(problem?.message).toContain('(network controller, igb: it carries /, on the disk sda)');
    expect(problem?.hint).toBe(
      'put the card into another slot, which has a group of its own: the host needs 0000:02:00.0 itself',
    );
  });

  it('takes a stranger that is handed over as well', () => {
    const pci: PciHost = { ...noPci, devices: [card, nic] };
    expect(obstaclesOf({ device: card, handedOver: new Set([nic.address]) }, pci)).toEqual([]);
  });

  it('refuses a bridge', () => {
    expect(told(port)).toEqual([
      'gpu.unsuitable: 0000:00:01.0 is a bridge: only what stands at the end of a bus can be handed over',
    ]);
  });

  it.each([
    [{ what: 'mount', target: '/', disk: 'nvme0n1p2' }, 'it carries /, on the disk nvme0n1p2'],
    [{ what: 'swap', disk: 'sda3' }, 'it carries swap, on the disk sda3'],
    [{ what: 'uplink', link: 'br0' }, 'its default route goes through it, by the link br0'],
    [{ what: 'screen', connector: 'HDMI-A-1' }, 'it is the only display, with a screen on HDMI-A-1'],
    [{ what: 'console', by: 'EFI VGA' }, "it is the only display, and shows the host's console"],
  ] as const)('refuses what the host needs: %o', (need, why) => {
    expect(told({ ...card, needs: [need] })).toEqual([
      `gpu.needed: the host needs 0000:01:00.0 itself: ${why}`,
    ]);
  });

  it('refuses a card with a function that the host needs', () => {
    const function2 = { ...sound, needs: [{ what: 'mount', target: '/srv', disk: 'sdb' }] } as const;
    expect(told(card, [function2])).toEqual([
      'gpu.needed: the host needs 0000:01:00.1 itself: it carries /srv, on the disk sdb',
    ]);
  });

  it('takes a display with a screen on it when there is another one', () => {
    const other = pciDevice({ address: '0000:00:02.0', uses: [{ as: 'connector', name: 'DP-2' }] });
    expect(told({ ...card, needs: [{ what: 'screen', connector: 'DP-1' }] }, [other])).toEqual([]);
  });

  it.each([
    [{ iommu: { units: [], table: undefined, words: [] } }, 'the firmware tells of no IOMMU'],
    [
      { iommu: { units: [], table: undefined, words: [] }, guest: true },
      'this host is a virtual machine, and its hypervisor gives it no IOMMU',
    ],
    [
      { iommu: { units: [], table: 'DMAR', words: [] }, guest: true },
      'the firmware has an IOMMU, and the kernel does not use it',
    ],
    [
      { iommu: { units: [], table: 'DMAR', words: [] } },
      'the firmware has an IOMMU, and the kernel does not use it',
    ],
    [
      { iommu: { units: [], table: 'IVRS', words: ['amd_iommu=off'] }, cpu: 'amd' },
      'the IOMMU is switched off on the kernel command line (amd_iommu=off)',
    ],
    [{ iommu: { units: [], table: 'IVRS', words: [] }, cpu: 'amd' }, 'the kernel uses no IOMMU'],
  ] as const)('says why there is no IOMMU: %o', (platform, why) => {
    const [message] = told({ ...card, group: undefined }, [], platform);
    expect(message).toBe(`gpu.iommu: 0000:01:00.0 cannot be handed over: ${why}`);
  });

  it('says what keeps vfio-pci away', () => {
    const kept = { vfio: { state: 'module', parameters: [] } } as const;
    expect(
      told(card, [], { ...kept, blacklist: { vfio_pci: { by: '/etc/modprobe.d/no.conf', firmly: true } } }),
    ).toEqual([
      'gpu.unsuitable: 0000:01:00.0 cannot be handed over: the module vfio_pci is kept from being loaded by /etc/modprobe.d/no.conf',
    ]);
    expect(
      told(card, [], { ...kept, blacklist: { vfio_pci: { by: '/etc/modprobe.d/no.conf', firmly: false } } }),
    ).toEqual([]);
    expect(told(card, [], { vfio: { state: 'missing', parameters: [] } })[0]).toContain(
      'has no driver vfio-pci',
    );
  });
});

describe('lockingProblems', () => {
  const one = { address: 'vm.one', memory: 8 * 2 ** 30 } as const;
  const two = { address: 'vm.two', memory: 8 * 2 ** 30 } as const;

  it('holds each machine against the limit', () => {
    const problems = lockingProblems([one], { lockable: 64 * 2 ** 20, memory: 2 ** 36 });
    expect(problems.get('vm.one')?.message).toBe(
      'vm.one locks 8192Mi of memory for its device, and 64Mi may be locked',
    );
  });

  it('holds all of them against what the host has, one after the other', () => {
    const problems = lockingProblems([one, two], { lockable: undefined, memory: 12 * 2 ** 30 });
    expect([...problems.keys()]).toEqual(['vm.two']);
    expect(problems.get('vm.two')?.message).toContain('4096Mi of the host');
  });
});

describe('claimConflicts', () => {
  it('finds the same device under two names, and one group under two machines', () => {
    const claim = (by: 'vm.one' | 'vm.two', device: PciDevice) => ({ by, device });
    expect([...claimConflicts([claim('vm.one', card), claim('vm.one', sound)])]).toEqual([]);
    expect(claimConflicts([claim('vm.one', card), claim('vm.two', card)]).get('vm.two')?.message).toBe(
      'vm.two means the device 0000:01:00.0, and so does vm.one',
    );
    expect(claimConflicts([claim('vm.one', card), claim('vm.two', sound)]).get('vm.two')?.message).toBe(
      'vm.two takes 0000:01:00.1, which shares the IOMMU group 1 with 0000:01:00.0 of vm.one',
    );
  });
});
