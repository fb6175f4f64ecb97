import type { Resource } from '../../schema/manifest.ts';
import type { PciDevice, PciHost } from '../host/pci/model.ts';
import type { Obstacle } from '../reconciler.ts';
import { claimConflicts } from './claims.ts';
import { vfio } from './handOver.ts';
import { obstaclesOf } from './obstacles.ts';
import type { GpuSeen } from './seen.ts';
import { selectDevice } from './select.ts';

interface Meant {
  readonly resource: Resource<'gpu'>;
  readonly device: PciDevice;
  readonly seen: GpuSeen;
  /** Everything of the kind that is declared. */
  readonly all: readonly Resource<'gpu'>[];
}

/** Pure: why what is declared of a device cannot be had. What the host drives needs neither IOMMU nor group. */
export function hindrances(pci: PciHost, meant: Meant): readonly Obstacle[] {
  const { resource, device } = meant;
  return [
    ...sameDevice(pci, meant),
    ...(resource.spec.driver === vfio ? handoverProblems(pci, meant) : []),
    ...splitProblems(resource, device),
  ];
}

function sameDevice(pci: PciHost, { resource, all }: Meant): readonly Obstacle[] {
  const claims = meantBy(all, pci).map(({ resource: { address: by }, device: { address } }) => ({
    by,
    device: { address, group: undefined },
  }));
  const conflict = claimConflicts(claims).get(resource.address);
  return conflict === undefined ? [] : [conflict];
}

/** A group is looked at before its devices are taken: what was taken together is taken one after the other. */
function handoverProblems(pci: PciHost, { device, seen, all }: Meant): readonly Obstacle[] {
  const others = meantBy(all, pci).filter(({ resource }) => resource.spec.driver === vfio);
  const handedOver = new Set(others.map((other) => other.device.address));
  const isTaken = seen.record !== undefined && seen.slot.every(({ driver }) => driver === vfio);
  return obstaclesOf({ device: asItWas(device, seen), handedOver }, pci).filter(
    ({ code }) => code !== 'gpu.group' || !isTaken,
  );
}

/** What Nova has split is whole again before it is handed over. */
function asItWas(device: PciDevice, { record }: GpuSeen): PciDevice {
  const { split } = record ?? {};
  if (device.sriov === undefined || split?.address !== device.address) return device;
  return { ...device, sriov: { ...device.sriov, count: split.count } };
}

function meantBy(all: readonly Resource<'gpu'>[], pci: PciHost) {
  return all.flatMap((resource) => {
    const selected = selectDevice(resource.spec, pci);
    return 'device' in selected ? [{ resource, device: selected.device }] : [];
  });
}

function splitProblems({ spec }: Resource<'gpu'>, { address, sriov }: PciDevice): readonly Obstacle[] {
  const { sriov_vfs: count } = spec;
  if (count === undefined || count === 0 || (sriov !== undefined && count <= sriov.total)) return [];
  const path = ['sriov_vfs'];
  if (sriov === undefined) {
    const message = `${address} cannot be split into virtual functions`;
    const hint =
      'leave out sriov_vfs; where the card can do it, its firmware or its driver has it switched off';
    return [{ code: 'gpu.unsuitable', message, hint, path }];
  }
  const message = `${address} can have ${sriov.total} virtual functions, and not ${count}`;
  return [{ code: 'gpu.unsuitable', message, hint: `set sriov_vfs = ${sriov.total} or less`, path }];
}
