import { vfio } from './handOver.ts';
import type { GpuSeen } from './seen.ts';

/** Pure: a line for `ls`, as `0000:01:00.0, group 14, vfio-pci`. */
export function describe({ device, split, record, others }: GpuSeen): {
  readonly state: string;
  readonly details: string;
} {
  const shown = device ?? others[0];
  if (shown === undefined)
    return { state: 'missing', details: record?.devices.map(({ address }) => address).join(', ') ?? '' };
  const { address, group, driver } = shown;
  const details = [
    address,
    group === undefined ? undefined : `group ${group}`,
    driver ?? 'no driver',
    split === undefined || split.count === 0 ? undefined : `${split.count} virtual functions`,
  ];
  const state = driver === vfio ? 'handed over' : split?.count ? 'split' : 'with the host';
  return { state, details: details.filter((detail) => detail !== undefined).join(', ') };
}
