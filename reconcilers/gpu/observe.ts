import type { Address, Resource } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import type { PciDevice, PciHost } from '../host/pci/model.ts';
import { formerName, isMarkOf, ownedAddress } from '../identity.ts';
import { type Place, placeOf } from '../place.ts';
import type { Observation, Observations, Obstacle } from '../reconciler.ts';
import { deviceSeen, slotOf } from './devices.ts';
import { elsewhere } from './elsewhere.ts';
import { hindrances } from './hindrances.ts';
import { nodesOf } from './nodes.ts';
import { readRecord, readRecords, type DeviceRecord } from './record.ts';
import type { GpuSeen } from './seen.ts';
import { selectDevice } from './select.ts';
import { stuckWhy } from './writers.ts';

/** Every declared device, and whatever was taken for one that is not declared any more. Reads only. */
export async function observe(
  view: HostView,
  wanted: readonly Resource<'gpu'>[],
): Promise<Observations<GpuSeen>> {
  const owned = await ownedAddresses(view);
  if (wanted.length === 0 && owned.length === 0) {
    return { wanted: new Map(), strays: new Map(), intruders: [] };
  }
  const pci = await view.pci();
  const declared = new Set<Address>(wanted.map(({ address }) => address));
  const found = await Promise.all(
    wanted.map(
      async (resource) => [resource.address, await observeOne(view, pci, resource, wanted)] as const,
    ),
  );
  const strays = await Promise.all(
    owned
      .filter((address) => !declared.has(address))
      .map(async (address) => [address, await lookAt(view, pci, placeOf(view, address), undefined)] as const),
  );
  return { wanted: new Map(found), strays: new Map(strays), intruders: [] };
}

async function observeOne(
  view: HostView,
  pci: PciHost,
  resource: Resource<'gpu'>,
  all: readonly Resource<'gpu'>[],
): Promise<Observation<GpuSeen>> {
  const { spec, address, at } = resource;
  const selected = selectDevice(spec, pci);
  const device = 'device' in selected ? selected.device : undefined;
  const seen = await lookAt(view, pci, placeOf(view, address), device);
  const why = await stuckWhy(view, devicesOf(seen));
  if (why !== undefined) return { status: 'unknown', why };
  const found: readonly Obstacle[] =
    'device' in selected
      ? [
          ...hindrances(pci, { resource, device: selected.device, seen, all }),
          ...(await elsewhere(view, pci, { resource, seen })),
        ]
      : [selected.issue];
  const problems = found.map((problem) => ({ ...problem, at }));
  if (seen.forgotten) {
    const given = 'its devices were given up with `nova forget`';
    return { status: 'foreign', why: given, problems, adoptable: seen };
  }
  return { status: seen.record === undefined ? 'absent' : 'present', seen, problems };
}

async function lookAt(
  view: HostView,
  pci: PciHost,
  place: Place,
  device: PciDevice | undefined,
): Promise<GpuSeen> {
  const read = await readRecord(view, place.identity);
  const forgotten = read !== undefined && read.mark === undefined;
  const record = forgotten || isMarkOf(read?.mark, place) ? read : undefined;
  const slot = device === undefined ? [] : slotOf(device, pci);
  const others = (record?.devices ?? []).flatMap(({ address }) =>
    slot.some((each) => each.address === address)
      ? []
      : pci.devices.filter((each) => each.address === address),
  );
  const functions = (device?.functions ?? []).flatMap((address) =>
    pci.devices.filter((each) => each.address === address),
  );
  return {
    ...place,
    device: device && deviceSeen(device),
    slot: slot.map(deviceSeen),
    split: device?.sriov && { count: device.sriov.count, total: device.sriov.total },
    functions: functions.map(deviceSeen),
    nodes: await nodesOf(view, device === undefined ? [] : [device, ...functions]),
    others: others.map(deviceSeen),
    otherSplit: splitElsewhere(pci, record, device),
    record,
    was: formerName(record?.mark, place),
    forgotten,
  };
}

function splitElsewhere(
  pci: PciHost,
  record: DeviceRecord | undefined,
  device: PciDevice | undefined,
): number | undefined {
  const split = record?.split;
  if (split === undefined || split.address === device?.address) return undefined;
  return pci.devices.find(({ address }) => address === split.address)?.sriov?.count;
}

function devicesOf({ slot, others, functions }: GpuSeen): readonly string[] {
  return [...slot, ...others, ...functions].map(({ address }) => address);
}

/** Addresses of this project's devices that there is a record of, sorted. */
export async function ownedAddresses(view: HostView): Promise<readonly Address[]> {
  const records = await readRecords(view, view.scope);
  const found = records.flatMap(({ mark }) => ownedAddress(view, mark) ?? []);
  return [...new Set(found)].filter((address) => address.startsWith('gpu.')).toSorted();
}
