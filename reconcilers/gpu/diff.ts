import type { Address, Resource } from '../../schema/manifest.ts';
import type { GpuSpec } from '../../schema/gpu.ts';
import type { FieldChange } from '../reconciler.ts';
import { keepers, vfio } from './handOver.ts';
import type { Original } from './record.ts';
import type { DeviceSeen, GpuSeen } from './seen.ts';
import { step, type GpuStep } from './step.ts';

/** Pure: what makes a device as the NovaFile says; without a resource, as it was. */
export function diff(input: {
  readonly address: Address;
  readonly resource: Resource<'gpu'> | undefined;
  readonly seen: GpuSeen | undefined;
}): readonly GpuStep[] {
  const { resource, seen } = input;
  if (seen === undefined) return [];
  if (resource === undefined) return gone(seen);
  return [
    ...taken(seen),
    ...diffRecord(resource, seen),
    ...diffOthers(seen),
    // Only the host's own driver can make functions, and take them away.
    ...(resource.spec.driver === vfio
      ? [...diffFunctions(resource, seen), ...diffBind(seen)]
      : [...diffHost(seen), ...diffFunctions(resource, seen)]),
  ];
}

function taken({ was, forgotten, address }: GpuSeen): readonly GpuStep[] {
  const change = { path: 'adopts', before: undefined, after: 'the devices that were given up' };
  return [
    ...(was === undefined
      ? []
      : [step('moved', `it was ${was}`, [{ path: 'address', before: was, after: address }])]),
    ...(forgotten ? [step('adopt', `they were given up, and become ${address} again`, [change])] : []),
  ];
}

/** What is to be taken, and what it was, is written down before anything is. */
function diffRecord(resource: Resource<'gpu'>, seen: GpuSeen): readonly GpuStep[] {
  const { record } = seen;
  const known = new Set(record?.devices.map(({ address }) => address));
  const unknown = wantedOf(resource, seen).filter(({ address }) => !known.has(address));
  const splits = resource.spec.sriov_vfs !== undefined && record?.split?.address !== seen.device?.address;
  if (record !== undefined && unknown.length === 0 && !splits) return [];
  const words = unknown.map(({ address, driver }) => `${address} (${driver ?? 'no driver'})`).join(', ');
  const kind = record === undefined ? 'missing' : 'changed';
  const change = { path: 'device', before: undefined, after: seen.device?.address };
  const changes = record === undefined ? [change] : [];
  return [
    step('record', words === '' ? 'what it was is not written down' : `not taken yet: ${words}`, changes, {
      class: kind,
    }),
  ];
}

/** The devices that are to be as the NovaFile says: one that is handed over takes the functions of its slot along. */
export function wantedOf(
  { spec }: Resource<'gpu'>,
  { device, slot }: Pick<GpuSeen, 'device' | 'slot'>,
): readonly DeviceSeen[] {
  if (spec.driver === vfio) return slot;
  return device === undefined ? [] : [device];
}

/** What was taken and is not meant any more. */
function diffOthers(seen: GpuSeen): readonly GpuStep[] {
  const { record, others, otherSplit } = seen;
  if (record === undefined) return [];
  const left = record.devices.some(({ address }) => others.some((each) => each.address === address));
  if (!left && otherSplit === undefined) return [];
  const names = others.map(({ address }) => address).join(', ');
  const change = { path: 'device', before: names, after: seen.device?.address };
  return [step('release', `${names} is not meant any more`, [change], { effect: 'restart' })];
}

function diffBind(seen: GpuSeen): readonly GpuStep[] {
  const wrong = seen.slot.filter((each) => each.driver !== vfio || each.driverOverride !== vfio);
  const [first] = wrong;
  if (first === undefined) return [];
  const names = wrong.map(({ address, driver }) => `${address} (${driver ?? 'no driver'})`).join(', ');
  const changes = wrong.flatMap(changesTo(vfio, vfio));
  return [step('bind', `not all of it is with ${vfio}: ${names}`, changes, classOf(seen))];
}

function changesTo(driver: string | undefined, override: string | undefined) {
  return (device: DeviceSeen): readonly FieldChange[] => {
    const { address } = device;
    if (device.driver !== driver)
      return [{ path: `driver ${address}`, before: device.driver, after: driver }];
    if (driver === undefined)
      return [{ path: `driver ${address}`, before: undefined, after: 'any that fits' }];
    return [{ path: `driver_override ${address}`, before: device.driverOverride, after: override }];
  };
}

/** Who drives it for the host: who did before, unless that was one who only keeps it for others. */
export function hostDriver(original: Original | undefined): string | undefined {
  const { driver } = original ?? {};
  return driver === undefined || keepers.has(driver) ? undefined : driver;
}

function diffHost(seen: GpuSeen): readonly GpuStep[] {
  const { device, slot } = seen;
  if (device === undefined) return [];
  const original = originalOf(seen, device);
  const driver = hostDriver(original);
  // Whether one takes a device that nobody drives is found by letting them look.
  const kept = device.driver === undefined || keepers.has(device.driver);
  const wrong =
    device.driverOverride !== undefined || kept || (driver !== undefined && device.driver !== driver);
  // What was taken along with it before.
  const along = slot.filter(
    (each) => each.address !== device.address && originalOf(seen, each) !== undefined,
  );
  if (!wrong && along.length === 0) return [];
  const before = wrong ? device : along[0];
  const changes = before === undefined ? [] : changesTo(driver, undefined)(before);
  return [
    step('host', `it is not with the host's own driver`, changes, { ...classOf(seen), effect: 'restart' }),
  ];
}

function originalOf({ record }: GpuSeen, { address }: DeviceSeen): Original | undefined {
  return record?.devices.find((each) => each.address === address);
}

function differs(device: DeviceSeen, original: Original | undefined): boolean {
  if (original === undefined) return false;
  return device.driver !== original.driver || device.driverOverride !== original.override;
}

function diffFunctions({ spec }: Resource<'gpu'>, seen: GpuSeen): readonly GpuStep[] {
  const after = functionsOf(spec, seen);
  if (after === undefined || seen.split === undefined) return [];
  const before = seen.split.count;
  if (before === after && spec.sriov_vfs !== undefined) return [];
  // One that is not declared any more is its own again, and need not be known.
  const changes = before === after ? [] : [{ path: 'sriov_vfs', before, after }];
  const effect = before === 0 || before === after ? 'live' : 'restart';
  return [step('functions', `it has ${before} virtual functions`, changes, { ...classOf(seen), effect })];
}

/** How many it is to have: as many as it had before Nova split it, when nothing is said. */
export function functionsOf(
  { sriov_vfs }: GpuSpec,
  { record, device }: Pick<GpuSeen, 'record' | 'device'>,
): number | undefined {
  if (sriov_vfs !== undefined) return sriov_vfs;
  return record?.split !== undefined && record.split.address === device?.address
    ? record.split.count
    : undefined;
}

function classOf({ record }: GpuSeen): { readonly class: GpuStep['class'] } {
  return { class: record === undefined ? 'missing' : 'changed' };
}

/** Pure: everything goes back to where it was, then what tells of it goes. */
function gone(seen: GpuSeen): readonly GpuStep[] {
  const { record, others, otherSplit, split, device } = seen;
  if (record === undefined || seen.forgotten) return [];
  const unmanaged = { class: 'unmanaged' } as const;
  const moved = [...seen.slot, ...others].filter((each) => differs(each, originalOf(seen, each)));
  const count = record.split?.address === device?.address ? split?.count : otherSplit;
  const splits = record.split !== undefined && count !== undefined && count !== record.split.count;
  const names = moved.map(({ address, driver }) => `${address} (${driver ?? 'no driver'})`);
  const reason = `${names.join(', ') || 'its virtual functions'} of a device that is not declared`;
  return [
    ...(moved.length > 0 || splits ? [step('release', reason, [], unmanaged)] : []),
    step('files', 'record of a device that is not declared', [], unmanaged),
  ];
}

/** Pure: what it takes to give it up; the reason says what stays. */
export function forget({ record, others }: GpuSeen): readonly GpuStep[] {
  if (record?.mark === undefined) return [];
  const names = others.map(({ address, driver }) => `${address} stays with ${driver ?? 'no driver'}`);
  return [step('forget', names.join('; ') || 'none of it is there', [], { class: 'unmanaged' })];
}
