import type { Address } from '../../schema/manifest.ts';
import type { PciDevice } from '../host/pci/model.ts';
import type { Place } from '../place.ts';
import type { DeviceNode } from './parts.ts';
import type { DeviceRecord } from './record.ts';

/** What decides who a device is handed to. */
export type DeviceSeen = Pick<
  PciDevice,
  'address' | 'class' | 'driver' | 'driverOverride' | 'group' | 'nodes'
>;

/** What was seen of a declared device. */
export interface GpuSeen extends Place {
  /** The one that is meant; undefined: it is not there. */
  readonly device: DeviceSeen | undefined;
  /** It and the other functions of its slot, in their order: they share its IOMMU group, and go where it goes. */
  readonly slot: readonly DeviceSeen[];
  /** How many virtual functions it has, and can have; undefined: it cannot be split. */
  readonly split: { readonly count: number; readonly total: number } | undefined;
  readonly functions: readonly DeviceSeen[];
  /** Nodes of it and of its functions, by the address of the device, as far as the host drives them. */
  readonly nodes: Readonly<Record<string, readonly DeviceNode[]>>;
  /** Recorded devices that are none of its slot, as far as they are there. */
  readonly others: readonly DeviceSeen[];
  /** How many virtual functions the recorded device has now, where it is another one. */
  readonly otherSplit: number | undefined;
  readonly record: DeviceRecord | undefined;
  /** What the record still calls it. */
  readonly was: Address | undefined;
  /** Nova has given it up. */
  readonly forgotten: boolean;
}
