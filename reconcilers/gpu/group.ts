import type { PciDevice, PciHost } from '../host/pci/model.ts';

/**
 * What a member of an IOMMU group is to a device of it: a `function` of the same card, which goes where it goes; a
 * `bridge`, which stays with the host; `other`: not its own.
 */
export interface Member {
  readonly device: PciDevice;
  readonly role: 'itself' | 'function' | 'bridge' | 'other';
}

/** Pure: everything in the IOMMU group of a device, in the order of the addresses. One without a group is alone. */
export function membersOf(device: PciDevice, { devices }: PciHost): readonly Member[] {
  const members =
    device.group === undefined ? [device] : devices.filter(({ group }) => group === device.group);
  return members.map((member) => ({ device: member, role: roleOf(member, device) }));
}

function roleOf(member: PciDevice, device: PciDevice): Member['role'] {
  if (member.address === device.address) return 'itself';
  if (member.header !== 'endpoint') return 'bridge';
  return isSameCard(member, device) ? 'function' : 'other';
}

/**
 * Functions of one slot and one vendor are one card. Processors with a GPU have USB controllers and more of their own,
 * by another vendor's number, in its slot. A virtual function is a card by itself.
 */
export function isSameCard(one: PciDevice, other: PciDevice): boolean {
  if (one.address === other.address) return true;
  if (one.physicalFunction !== undefined || other.physicalFunction !== undefined) return false;
  return one.vendor === other.vendor && one.address.slice(0, -2) === other.address.slice(0, -2);
}

/**
 * Drivers that leave a group whole: vfio's own, and one that only holds its place (Linux,
 * drivers/vfio/vfio_main.c and `driver_managed_dma`). What nobody drives is as good.
 */
export function leavesGroup({ driver, header }: Pick<PciDevice, 'driver' | 'header'>): boolean {
  return (
    header !== 'endpoint' || driver === undefined || /^(vfio-pci|pci-stub|\w+[-_]vfio[-_]pci)$/.test(driver)
  );
}
