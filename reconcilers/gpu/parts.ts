import type { DeviceSeen, GpuSeen } from './seen.ts';

/** A node by which a program reaches a device. */
export interface DeviceNode {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}

/** What others may be given of a declared device. */
export interface GpuParts {
  /** The device and the other functions of its card. */
  readonly card: readonly DeviceSeen[];
  /** Its virtual functions, by number. */
  readonly functions: readonly DeviceSeen[];
  /** Nodes of what the host drives, by the address of the device. */
  readonly nodes: Readonly<Record<string, readonly DeviceNode[]>>;
}

/** Pure: undefined while nothing of it was seen. */
export function partsOf(seen: unknown): GpuParts | undefined {
  const gpu = seen as GpuSeen | undefined;
  if (gpu?.device === undefined) return undefined;
  return { card: gpu.slot, functions: gpu.functions, nodes: gpu.nodes };
}
