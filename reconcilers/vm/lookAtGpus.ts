import type { VmSpec } from '../../schema/vm.ts';
import { deviceSeen, slotOf } from '../gpu/devices.ts';
import { readRecord, type DeviceRecord } from '../gpu/record.ts';
import { type Selected, theOneSuitable } from '../gpu/select.ts';
import { stuckWhy } from '../gpu/writers.ts';
import type { HostView } from '../host/host.ts';
import type { PciDevice, PciHost } from '../host/pci/model.ts';
import type { Place } from '../place.ts';
import { mediatedOf } from './mediated.ts';
import { vmPaths } from './paths.ts';
import { passedIn } from './passed.ts';
import type { GpusSeen } from './seen.ts';

/** What there is of devices of the host that a machine has, or is to have; undefined: nothing of the kind. */
export async function lookAtGpus(
  view: HostView,
  place: Place,
  spec: Pick<VmSpec, 'gpu_passthrough'> | undefined,
  ports: number,
): Promise<GpusSeen | undefined> {
  const record = await readRecord(view, place.identity);
  const wanted = spec?.gpu_passthrough;
  const isConcerned = record !== undefined || wanted !== undefined || ports > 0;
  // Whose mediated devices are is found by their UUIDs alone: where there are none, the bus is not walked.
  if (!isConcerned && (await view.mediated()).length === 0) return undefined;
  const pci = await view.pci();
  const made = mediatedOf(place.identity, pci);
  if (!isConcerned && made.length === 0) return undefined;
  const recorded = record?.devices.map(({ address }) => address) ?? [];
  const parts = Array.isArray(wanted) && wanted.some(({ vf }) => vf !== undefined);
  const concerned = pci.devices.filter(
    ({ address, physicalFunction }) =>
      recorded.includes(address) || (parts && physicalFunction !== undefined),
  );
  const one = wanted === true ? theOne(pci, record) : undefined;
  const has = ports === 0 ? [] : await view.peripherals(vmPaths(place.scope, place.identity).qmp);
  return {
    record,
    one: one !== undefined && 'device' in one ? slotOf(one.device, pci).map(deviceSeen) : [],
    none: one !== undefined && 'issue' in one ? one.issue : undefined,
    devices: concerned.map(deviceSeen),
    identity: place.identity,
    made,
    ports,
    has: has?.flatMap((id) => passedIn(id) ?? []).toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    stuck: await stuckWhy(view, [...recorded, ...made.map(({ parent }) => parent)]),
  };
}

/** The one that it has stays the one, whatever else would be suitable by now. */
function theOne(pci: PciHost, record: DeviceRecord | undefined): Selected {
  const [first] = record?.devices ?? [];
  const had: PciDevice | undefined = pci.devices.find(
    ({ address, physicalFunction }) => address === first?.address && physicalFunction === undefined,
  );
  return had === undefined ? theOneSuitable(pci) : { device: had };
}
