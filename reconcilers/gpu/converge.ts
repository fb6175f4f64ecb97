import { NovaError } from '../../schema/errors.ts';
import type { Host } from '../host/host.ts';
import type { PciHost } from '../host/pci/model.ts';
import { markOf } from '../identity.ts';
import { type Place, placeOf } from '../place.ts';
import type { Work } from '../reconciler.ts';
import { slotOf } from './devices.ts';
import { functionsOf, hostDriver } from './diff.ts';
import { giveBack, handOver, split, toHost, vfio } from './handOver.ts';
import { type DeviceRecord, recordsFolder } from './record.ts';
import {
  currentRecord,
  dropRecord,
  keepOnly,
  forgetSplit,
  keepRecord,
  remember,
  rememberSplit,
} from './recordFile.ts';
import type { GpuSeen } from './seen.ts';
import type { GpuStep, StepId } from './step.ts';

export type GpuWork = Work<'gpu', GpuSeen, GpuStep>;

interface Job {
  readonly host: Host;
  readonly place: Place;
  readonly resource: GpuWork['resource'];
  readonly seen: GpuSeen;
}

/** One step, idempotent: what it is about is looked at again. */
export async function converge(host: Host, { address, step, resource, seen }: GpuWork): Promise<void> {
  if (seen === undefined)
    throw new NovaError('internal', `${address} was not looked at before step ${step.id}`);
  await acts[step.id]({ host, place: placeOf(host, address), resource, seen });
}

const acts: Readonly<Record<StepId, (job: Job) => Promise<void>>> = {
  moved: takeOver,
  adopt: takeOver,
  forget: giveUp,
  record,
  release,
  bind,
  host: letHostDrive,
  functions,
  files,
};

/** Writes down what every device is before Nova's first write to it; what is known of one is kept. */
async function record({ host, place, resource, seen }: Job): Promise<void> {
  const { device } = seen;
  if (resource === undefined || device === undefined) return;
  const pci = await host.view().pci();
  const known = await currentRecord(host, place);
  const wanted = resource.spec.driver === vfio ? slotNow(pci, device.address) : [device.address];
  const originals = await remember(host, place, pci, wanted, known?.devices ?? []);
  const count = pci.devices.find(({ address }) => address === device.address)?.sriov?.count;
  const splits = resource.spec.sriov_vfs !== undefined && count !== undefined;
  const first = splits ? await rememberSplit(host, place, device.address, count) : undefined;
  const kept = known?.split ?? (first === undefined ? undefined : { address: device.address, count: first });
  await keepRecord(host, place, { mark: markOf(place), devices: originals, split: kept });
}

function slotNow(pci: PciHost, address: string): readonly string[] {
  const device = pci.devices.find((each) => each.address === address);
  return device === undefined ? [] : slotOf(device, pci).map((each) => each.address);
}

async function bind({ host, place, seen }: Job): Promise<void> {
  const { devices } = await recorded(host, place);
  const pci = await host.view().pci();
  await host.pci.load(place.identity);
  await handOver(host, seen.device === undefined ? [] : slotNow(pci, seen.device.address), devices);
}

async function letHostDrive(job: Job): Promise<void> {
  const { host, place, seen } = job;
  const record = await recorded(host, place);
  const { devices } = record;
  const { device, slot } = seen;
  if (device === undefined) return;
  const along = slot.filter(({ address }) => address !== device.address).map(({ address }) => address);
  throwFirst(await giveBack(host, along.toReversed(), devices));
  await toHost(host, device.address, hostDriver(devices.find(({ address }) => address === device.address)));
  await keepOnly(host, place, record, new Set([device.address]));
  // Some drivers take the functions along when they leave.
  await functions(job);
}

async function functions({ host, place, resource, seen }: Job): Promise<void> {
  const record = await recorded(host, place);
  const { device } = seen;
  const count = resource && functionsOf(resource.spec, { record, device });
  if (device === undefined || count === undefined) return;
  await driveAgain(host, device.address, record);
  await split(host, device.address, count);
  if (resource?.spec.sriov_vfs === undefined) await forgetSplit(host, place, record);
}

/** What is not meant any more goes back to where it was, the last first; without a resource, that is everything. */
async function release({ host, place, resource, seen }: Job): Promise<void> {
  const record = await currentRecord(host, place);
  if (record === undefined) return;
  const kept = new Set(resource === undefined ? [] : seen.slot.map(({ address }) => address));
  const going = record.devices.filter(({ address }) => !kept.has(address));
  if (record.split !== undefined && !kept.has(record.split.address)) await joinAgain(host, record);
  const addresses = going.map(({ address }) => address).toReversed();
  throwFirst(await giveBack(host, addresses, going));
  if (resource !== undefined) await keepOnly(host, place, record, kept);
}

/** Functions that it had not are gone; a device that is not there has none. */
async function joinAgain(host: Host, record: DeviceRecord): Promise<void> {
  const { split: was } = record;
  if (was === undefined || (await host.view().device(was.address)) === undefined) return;
  await driveAgain(host, was.address, record);
  await split(host, was.address, was.count);
}

/** Only a driver makes functions, and takes them away: one that a hand has let go gets its own again. */
async function driveAgain(host: Host, address: string, { devices }: DeviceRecord): Promise<void> {
  const now = await host.view().device(address);
  if (now !== undefined && now.driver === undefined) throwFirst(await giveBack(host, [address], devices));
}

async function files({ host, place }: Job): Promise<void> {
  await dropRecord(host, place);
  await host.pci.unload(place.identity);
  for (const folder of [recordsFolder(host.scope), host.scope.run]) await host.files.removeEmpty(folder);
}

/** What it was called before, or that it was given up, stands in the record. */
async function takeOver({ host, place }: Job): Promise<void> {
  const known = await currentRecord(host, place);
  if (known !== undefined) await keepRecord(host, place, { ...known, mark: markOf(place) });
}

async function giveUp({ host, place }: Job): Promise<void> {
  const known = await currentRecord(host, place);
  if (known !== undefined) await keepRecord(host, place, { ...known, mark: undefined });
}

async function recorded(host: Host, place: Place): Promise<DeviceRecord> {
  const found = await currentRecord(host, place);
  if (found !== undefined) return found;
  throw new NovaError(
    'plan.stale',
    `the record of ${place.address} is gone: nobody would know what to give back`,
    {
      hint: 'plan again',
    },
  );
}

function throwFirst([first, ...more]: readonly NovaError[]): void {
  if (first === undefined) return;
  const words = [first, ...more].map(({ message }) => message).join('; ');
  throw new NovaError(first.code, words, { hint: first.hint, cause: first });
}
