import { wordFor } from '../../reconcilers/gpu/deviceClass.ts';
import type { Diagnosis } from '../../reconcilers/gpu/diagnose.ts';
import { membersOf } from '../../reconcilers/gpu/group.ts';
import { nameOf } from '../../reconcilers/gpu/nameOf.ts';
import type { NvidiaFacts } from '../../reconcilers/gpu/nvidia.ts';
import type { PciHost } from '../../reconcilers/host/pci/model.ts';
import type { PciNames } from '../../reconcilers/host/pci/names.ts';

export const gpuFormatVersion = '1.0';

/** A diagnosed device, for programs: null where nothing is known. */
export function diagnosisJson(
  { device, along, verdict, findings, holders }: Diagnosis,
  pci: PciHost,
  names: PciNames,
): Record<string, unknown> {
  return {
    address: device.address,
    name: nameOf(device, names),
    kind: wordFor(device),
    class: device.class.toString(16).padStart(6, '0'),
    class_name: names.class(device.class) ?? null,
    vendor: device.vendor,
    device: device.device,
    subsystem: device.subsystem ?? null,
    revision: device.revision,
    slot: device.slot ?? null,
    label: device.label ?? null,
    product: device.product ?? null,
    driver: device.driver ?? null,
    driver_override: device.driverOverride ?? null,
    module: device.module ?? null,
    iommu_group: device.group ?? null,
    group_members: membersOf(device, pci).map(({ device: member, role }) => ({
      address: member.address,
      role,
      kind: wordFor(member),
      driver: member.driver ?? null,
    })),
    along: along.map(({ address }) => address),
    bridges: device.above.map((address) => ({ address, acs: acsWord(address, pci) })),
    reset_methods: device.resetMethods ?? null,
    can_reset: device.resets,
    sriov: device.sriov ?? null,
    virtual_functions: device.functions,
    physical_function: device.physicalFunction ?? null,
    mediated_types: device.mdevTypes,
    mediated: device.mediated,
    numa_node: device.numa ?? null,
    bars: device.bars,
    boot_vga: device.bootVga ?? null,
    power: device.power ?? null,
    uses: device.uses,
    needs: device.needs,
    nodes: device.nodes,
    open_by: holders,
    state: verdict,
    findings: findings.map(({ verdict: state, reason, remedy }) => ({ state, reason, remedy })),
  };
}

/** `whole`, `part` or `none`; null: it could not be read. */
function acsWord(address: string, { devices }: PciHost): string | null {
  const acs = devices.find((each) => each.address === address)?.acs;
  if (acs === undefined) return null;
  if (acs.whole) return 'whole';
  return acs.able ? 'part' : 'none';
}

export function hostJson({ platform }: PciHost): Record<string, unknown> {
  return {
    kernel: platform.kernel ?? null,
    iommu_units: platform.iommu.units,
    iommu_table: platform.iommu.table ?? null,
    iommu_words: platform.iommu.words,
    vfio: platform.vfio.state,
    lockdown: platform.lockdown ?? null,
    secure_boot: platform.secureBoot ?? null,
    lockable_memory: platform.lockable ?? null,
    nvidia_driver: platform.nvidia?.version ?? null,
  };
}

export function nvidiaJson(facts: NvidiaFacts | undefined): Record<string, unknown> | null {
  if (facts === undefined) return null;
  return {
    generation: facts.generation ?? null,
    module: facts.module ?? null,
    modules: facts.modules,
    driver_version: facts.driverVersion ?? null,
    mig: facts.mig ?? null,
    vgpu_types: facts.vgpu.types,
    vgpu_functions: facts.vgpu.functions,
    vgpu_mode: facts.vgpu.mode ?? null,
    uuid: facts.uuid ?? null,
  };
}
