import { expect } from 'vitest';

import { labTest } from '../labTest.ts';

interface Told {
  readonly host: { readonly iommu_units: readonly string[]; readonly vfio: string };
  readonly gpus: readonly {
    readonly address: string;
    readonly iommu_group: number | null;
    readonly group_members: readonly { readonly address: string; readonly role: string }[];
    readonly reset_methods: readonly string[] | null;
    readonly state: string;
  }[];
}

labTest(
  'GPUs of a real kernel are listed as lspci lists them, with their IOMMU groups',
  async ({ world }) => {
    // The program by itself, as it is shipped.
    const command = world.command(['gpu', 'ls', '--json']);
    const { host, gpus } = JSON.parse(await world.lab.must(command)) as Told;
    expect(host.iommu_units.length).toBeGreaterThan(0);
    expect(['loaded', 'module', 'builtIn']).toContain(host.vfio);
    const told = gpus.map(({ address, iommu_group, group_members }) =>
      [address, iommu_group, ...group_members.map((member) => member.address)].join(' '),
    );
    const there = await world.lab.sh(`
    for each in $(lspci -Dn -d ::03xx | cut -d ' ' -f 1); do
      group=$(realpath /sys/bus/pci/devices/$each/iommu_group)
      echo $each \${group##*/} $(ls $group/devices)
    done`);
    expect(told).toEqual(there.trim().split('\n'));
    expect(told.length).toBeGreaterThanOrEqual(2);
    // The sound beside it is by another vendor, and so none of its own functions.
    const shared = gpus.find((gpu) => gpu.group_members.length > 1);
    expect(shared?.group_members.map(({ role }) => role)).toEqual(['itself', 'other']);
  },
);
