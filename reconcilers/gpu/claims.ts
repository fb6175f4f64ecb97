import type { Issue } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import type { PciDevice } from '../host/pci/model.ts';

/** Who is to have a device for itself: a machine, or a declaration that no machine takes. */
export interface Claim {
  readonly by: Address;
  readonly device: Pick<PciDevice, 'address' | 'group'>;
}

/**
 * Pure: claims of what another has claimed already, by who makes them: the same device, be it called otherwise, and
 * devices of one IOMMU group, which one machine alone can open.
 */
export function claimConflicts(claims: readonly Claim[]): ReadonlyMap<Address, Issue> {
  const devices = new Map<string, Address>();
  const groups = new Map<number, Claim>();
  const conflicts = new Map<Address, Issue>();
  for (const claim of claims) {
    const { by, device } = claim;
    const owner = devices.get(device.address);
    const mate = device.group === undefined ? undefined : groups.get(device.group);
    if (owner !== undefined && owner !== by) conflicts.set(by, sameDevice(by, owner, device.address));
    else if (mate !== undefined && mate.by !== by) conflicts.set(by, sameGroup(claim, mate));
    else {
      devices.set(device.address, by);
      if (device.group !== undefined && mate === undefined) groups.set(device.group, claim);
    }
  }
  return conflicts;
}

function sameDevice(by: Address, owner: Address, address: string): Issue {
  return {
    code: 'gpu.conflict',
    message: `${by} means the device ${address}, and so does ${owner}`,
    hint: `let one of them mean another device, or leave it out; \`nova gpu ls\` lists GPUs`,
  };
}

function sameGroup({ by, device }: Claim, mate: Claim): Issue {
  return {
    code: 'gpu.conflict',
    message: `${by} takes ${device.address}, which shares the IOMMU group ${device.group} with ${mate.device.address} of ${mate.by}`,
    hint: 'a group goes to one machine as a whole: give both to one of them, or put one card into another slot',
  };
}
