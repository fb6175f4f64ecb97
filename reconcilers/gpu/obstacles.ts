import type { Issue } from '../../schema/errors.ts';
import type { PciDevice, PciHost, PciNeed, Platform } from '../host/pci/model.ts';
import { isDisplay, wordFor } from './deviceClass.ts';
import { leavesGroup, type Member, membersOf } from './group.ts';

/** A device that a machine is to have for itself. */
export interface Handover {
  readonly device: PciDevice;
  /** Addresses of other devices that are handed over as well, so that they may share its group. */
  readonly handedOver?: ReadonlySet<string>;
}

/**
 * Pure: why a device cannot be handed to a machine, the weightiest first; `[]` when it can. Nothing was written yet, and
 * each reason names the devices that it is about and says what to do.
 */
export function obstaclesOf({ device, handedOver = new Set() }: Handover, pci: PciHost): readonly Issue[] {
  if (device.header !== 'endpoint') return [noEndpoint(device)];
  const members = membersOf(device, pci);
  return [
    ...iommuObstacles(device, pci.platform),
    ...splitObstacles(device),
    ...mediatedObstacles(device),
    ...neededObstacles(members, pci),
    ...groupObstacles(device, members, handedOver, pci),
    ...vfioObstacles(device, pci.platform),
  ];
}

function noEndpoint(device: PciDevice): Issue {
  const message = `${device.address} is a ${wordFor(device)}: only what stands at the end of a bus can be handed over`;
  return { code: 'gpu.unsuitable', message, hint: 'name the device behind it; `nova gpu ls` lists GPUs' };
}

/** Its virtual functions go when its driver leaves it, and a driver waits for ever for one that is in use. */
function splitObstacles({ address, sriov }: PciDevice): readonly Issue[] {
  if (sriov === undefined || sriov.count === 0) return [];
  const message = `${address} is split into ${sriov.count} virtual functions, and cannot be handed over as a whole`;
  const hint = 'hand over its functions, as { name = "…", vf = 0 }, or take them away first: sriov_vfs = 0';
  return [{ code: 'gpu.unsuitable', message, hint }];
}

/** What a driver has made of it goes when the driver leaves it, and waits for ever for a machine that has it. */
function mediatedObstacles({ address, mediated }: PciDevice): readonly Issue[] {
  if (mediated.length === 0) return [];
  const message = `${mediated.length} mediated devices are made of ${address}, which cannot be handed over as a whole`;
  return [{ code: 'gpu.unsuitable', message, hint: 'take them from the machines that have them first' }];
}

function iommuObstacles(device: PciDevice, platform: Platform): readonly Issue[] {
  if (device.group !== undefined) return [];
  const { units } = platform.iommu;
  if (units.length > 0) {
    const message = `${device.address} stands behind no IOMMU, though this machine has one`;
    return [{ code: 'gpu.iommu', message, hint: 'put the card into another slot' }];
  }
  const { why, hint } = noIommu(platform);
  return [{ code: 'gpu.iommu', message: `${device.address} cannot be handed over: ${why}`, hint }];
}

/** Why the kernel uses no IOMMU. */
export function noIommu({ iommu, cpu, guest }: Platform): { readonly why: string; readonly hint: string } {
  const off = iommu.words.find((word) => /^(intel_iommu|amd_iommu|iommu)=(.*,)?off(,|$)/.test(word));
  if (off !== undefined) {
    const why = `the IOMMU is switched off on the kernel command line (${off})`;
    return { why, hint: `take ${off} out of the kernel command line, and start the machine again` };
  }
  if (iommu.table === undefined && guest) return noneForGuest;
  if (iommu.table === undefined && cpu !== 'other') {
    const name = cpu === 'amd' ? 'AMD-Vi or IOMMU' : cpu === 'intel' ? 'VT-d' : 'VT-d, AMD-Vi or IOMMU';
    const why = 'the firmware tells of no IOMMU';
    const hint = `switch on ${name} in the firmware's settings; where they have no such line, the machine has none`;
    return { why, hint };
  }
  if (cpu === 'intel' && !iommu.words.some((word) => /^intel_iommu=(.*,)?on(,|$)/.test(word))) {
    const why = 'the firmware has an IOMMU, and the kernel does not use it';
    return { why, hint: 'add intel_iommu=on to the kernel command line, and start the machine again' };
  }
  const why = 'the kernel uses no IOMMU';
  const hint =
    'see `dmesg | grep -i -e DMAR -e AMD-Vi -e iommu` for its reason; some boards have none before their slots';
  return { why, hint };
}

/** QEMU's documentation, `-device intel-iommu`; libvirt's, `<iommu>`. */
const noneForGuest = {
  why: 'this host is a virtual machine, and its hypervisor gives it no IOMMU',
  hint: 'give it a virtual one where it is started: QEMU with -machine q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on, libvirt with <iommu model="intel"/>; machines rented in a cloud have none, unless they are bare metal',
};

/** What the host itself stands on, be it the device or what would have to go along with it. */
function neededObstacles(members: readonly Member[], pci: PciHost): readonly Issue[] {
  const along = members.filter(({ role }) => role === 'itself' || role === 'function');
  return along.flatMap(({ device }) => {
    const reasons = neededFor(device, pci);
    if (reasons.length === 0) return [];
    const message = `the host needs ${device.address} itself: ${reasons.map(({ why }) => why).join('; ')}`;
    return [{ code: 'gpu.needed', message, hint: reasons[0]?.hint ?? '' }];
  });
}

interface Need {
  readonly why: string;
  readonly hint: string;
}

/** Why the host cannot do without a device, told as what stands on it. */
export function neededFor(device: PciDevice, pci: PciHost): readonly Need[] {
  const carried = device.needs.flatMap((need) => carriedBy(need) ?? []);
  return [...carried, ...onlyDisplay(device, pci)];
}

function carriedBy(need: PciNeed): Need | undefined {
  if (need.what === 'mount') {
    const why = `it carries ${need.target}, on the disk ${need.disk}`;
    return { why, hint: `mount ${need.target} from a disk on another controller first` };
  }
  if (need.what === 'swap') {
    return {
      why: `it carries swap, on the disk ${need.disk}`,
      hint: `switch that off first: swapoff /dev/${need.disk}`,
    };
  }
  if (need.what === 'uplink') {
    const why = `its default route goes through it, by the link ${need.link}`;
    return { why, hint: 'let the default route go through another interface first' };
  }
  return undefined;
}

/** A display that the host shows something on, and no other that it could. */
function onlyDisplay(device: PciDevice, { devices }: PciHost): readonly Need[] {
  if (!isShowing(device)) return [];
  const others = devices.filter((each) => each.address !== device.address && canShow(each));
  if (others.length > 0) return [];
  const screen = device.needs.find(({ what }) => what === 'screen');
  const why =
    screen?.what === 'screen'
      ? `it is the only display, with a screen on ${screen.connector}`
      : "it is the only display, and shows the host's console";
  const hint =
    screen === undefined
      ? 'put another display in, or start the host without a console on it: add video=efifb:off and the like, and a serial console, to the kernel command line'
      : 'put another display in for the host, or take the screen off and use the host over the network';
  return [{ why, hint }];
}

function isShowing(device: PciDevice): boolean {
  return isDisplay(device) && device.needs.some(({ what }) => what === 'screen' || what === 'console');
}

/** Driven by the host, with somewhere to plug a screen in, be one there or not. */
function canShow(device: PciDevice): boolean {
  if (!isDisplay(device) || device.physicalFunction !== undefined) return false;
  return device.uses.some(({ as }) => as === 'connector' || as === 'framebuffer');
}

function groupObstacles(
  device: PciDevice,
  members: readonly Member[],
  handedOver: ReadonlySet<string>,
  pci: PciHost,
): readonly Issue[] {
  const others = members
    .filter(({ role }) => role === 'other')
    .map((member) => member.device)
    .filter((other) => !leavesGroup(other) && !handedOver.has(other.address));
  if (others.length === 0) return [];
  const needed = others.find((other) => neededFor(other, pci).length > 0);
  const names = others.map((other) => {
    const [need] = neededFor(other, pci);
    return `${other.address} (${wordFor(other)}, ${other.driver}${need === undefined ? '' : `: ${need.why}`})`;
  });
  const message = `${device.address} shares its IOMMU group ${device.group} with ${names.join(', ')}, and a group goes to a machine as a whole`;
  const slot = 'put the card into another slot, which has a group of its own';
  const hint =
    needed === undefined
      ? `${slot}; or hand them over as well, each with a [gpu.NAME], as address = "${others[0]?.address}"`
      : `${slot}: the host needs ${needed.address} itself`;
  return [{ code: 'gpu.group', message, hint }];
}

function vfioObstacles(device: PciDevice, { vfio, blacklist, kernel }: Platform): readonly Issue[] {
  if (device.driver === 'vfio-pci' || vfio.state === 'loaded' || vfio.state === 'builtIn') return [];
  if (vfio.state === 'missing') {
    const message = `${device.address} cannot be handed over: the kernel ${kernel ?? ''} has no driver vfio-pci`;
    return [{ code: 'gpu.unsuitable', message, hint: 'use a kernel that has it (CONFIG_VFIO_PCI)' }];
  }
  const module = ['vfio_pci', 'vfio_iommu_type1', 'vfio'].find((name) => blacklist[name]?.firmly === true);
  if (module === undefined) return [];
  const message = `${device.address} cannot be handed over: the module ${module} is kept from being loaded by ${blacklist[module]?.by}`;
  return [{ code: 'gpu.unsuitable', message, hint: `take it out there, then: modprobe ${module}` }];
}
