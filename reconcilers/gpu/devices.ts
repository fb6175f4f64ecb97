import type { PciDevice, PciHost } from '../host/pci/model.ts';
import { isSameCard } from './group.ts';
import type { DeviceSeen } from './seen.ts';

/** Pure: a device and the other functions of its card that go where it goes, in their order. A virtual function goes alone. */
export function slotOf(device: PciDevice, { devices }: PciHost): readonly PciDevice[] {
  return devices.filter((each) => each.header === 'endpoint' && isSameCard(each, device));
}

export function deviceSeen(device: PciDevice): DeviceSeen {
  const { address, driver, driverOverride, group, nodes } = device;
  return { address, class: device.class, driver, driverOverride, group, nodes };
}

/** Base class 04, subclass 03: a device for sound (PCI Code and ID Assignment Specification). */
export function isSound({ class: kind }: Pick<PciDevice, 'class'>): boolean {
  return kind >>> 8 === 0x0403;
}
