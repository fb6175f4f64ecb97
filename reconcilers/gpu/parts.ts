import type { Resource } from '../../schema/manifest.ts';
import { functionsOf } from './diff.ts';
import { vfio } from './handOver.ts';
import type { DeviceSeen, GpuSeen } from './seen.ts';

/** A node by which a program reaches a device. */
export interface DeviceNode {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}

/** What others may be given of a declared device. */
export interface GpuParts {
  /** Its address. */
  readonly device: string;
  /** The device and the other functions of its card. */
  readonly card: readonly DeviceSeen[];
  /** Its virtual functions, by number. */
  readonly functions: readonly DeviceSeen[];
  /** Its functions are made anew before anybody is given one, so that nobody has one of them yet. */
  readonly renewed: boolean;
  /** Nodes of what the host drives, by the address of the device. */
  readonly nodes: Readonly<Record<string, readonly DeviceNode[]>>;
}

/** Pure: undefined while nothing of it was seen. */
export function partsOf(seen: unknown, resource: Resource<'gpu'> | undefined): GpuParts | undefined {
  const gpu = seen as GpuSeen | undefined;
  if (gpu?.device === undefined) return undefined;
  const renewed = resource !== undefined && renews(resource, gpu);
  return { device: gpu.device.address, card: gpu.slot, functions: gpu.functions, renewed, nodes: gpu.nodes };
}

/** Another number goes through none, and `vfio-pci` takes them along when it leaves. */
function renews({ spec }: Resource<'gpu'>, seen: GpuSeen): boolean {
  const before = seen.split?.count ?? 0;
  const after = functionsOf(spec, seen) ?? before;
  return before !== 0 && (before !== after || (spec.driver !== vfio && seen.device?.driver === vfio));
}
