import { NovaError } from '../../schema/errors.ts';
import { giveBack, handOver } from '../gpu/handOver.ts';
import { recordsFolder } from '../gpu/record.ts';
import { currentRecord, dropRecord, keepOnly, keepRecord, remember } from '../gpu/recordFile.ts';
import { markOf } from '../identity.ts';
import type { Job } from './converge.ts';
import { deviceChanges } from './diffGpus.ts';
import { lookAt } from './lookAt.ts';
import { lookAtGpus } from './lookAtGpus.ts';
import { inPlugOrder, idOf, ownDevices, vfioDevice } from './passed.ts';
import { vmPaths } from './paths.ts';

/** ms for an answer of a QEMU; it pins all memory of the machine when it takes its first device */
const patience = 60_000;
/** ms in which the system of a machine lets go of a device */
const letGo = 30_000;

/** Writes down what they are, then hands over the devices that no `[gpu.NAME]` does. */
export async function handOverDevices({ host, place, resource, seen, deps }: Job): Promise<void> {
  const wanted = resource && ownDevices(resource, seen, deps);
  if (wanted === undefined) {
    const hint = 'see what became of its virtual functions: nova plan';
    throw new NovaError('gpu.missing', `a device of ${place.address} is not there`, { hint });
  }
  const known = await currentRecord(host, place);
  const devices = await remember(host, place, await host.view().pci(), wanted, known?.devices ?? []);
  await keepRecord(host, place, { mark: markOf(place), devices, split: undefined });
  await host.pci.load(place.identity);
  await handOver(host, wanted, devices);
}

/** Devices that are not its own any more go back to where they were; without a resource, all of them. */
export async function returnDevices({ host, place, resource, seen, deps }: Job): Promise<void> {
  const record = await currentRecord(host, place);
  if (record === undefined) return;
  const kept = new Set(resource === undefined ? [] : ownDevices(resource, seen, deps));
  const going = record.devices.filter(({ address }) => !kept.has(address));
  const failures = await giveBack(host, going.map(({ address }) => address).toReversed(), going);
  const [first] = failures;
  if (first !== undefined) {
    const words = failures.map(({ message }) => message).join('; ');
    throw new NovaError(first.code, words, { hint: first.hint, cause: first });
  }
  if (kept.size > 0) return keepOnly(host, place, record, kept);
  await dropRecord(host, place);
  await host.pci.unload(place.identity);
  await host.files.removeEmpty(recordsFolder(host.scope));
}

/** Plugs in what is missing, the other functions of a card before its function 0. */
export async function attach(job: Job): Promise<void> {
  const changes = await changesNow(job);
  if (changes === undefined) return;
  const { host, place } = job;
  const { qmp } = vmPaths(place.scope, place.identity);
  for (const passed of inPlugOrder(changes.attach)) {
    const given = vfioDevice(passed, changes.attach);
    await host.qmp.run(qmp, [{ execute: 'device_add', arguments: given }], patience);
  }
}

/** Asks the system of the machine to let go of devices; one that does not is told of, and not waited for for ever. */
export async function detach(job: Job): Promise<void> {
  const changes = await changesNow(job);
  const { host, place } = job;
  const { qmp } = vmPaths(place.scope, place.identity);
  for (const [, devices] of Map.groupBy(changes?.detach ?? [], ({ port }) => port)) {
    const inOrder = devices.toSorted((a, b) => (a.address < b.address ? -1 : 1));
    const left = await host.qmp.detach(qmp, inOrder.map(idOf), letGo);
    if (left.length === 0) continue;
    const names = devices.map(({ address }) => address).join(', ');
    const message = `${place.address} has not let go of ${names} within ${letGo / 1000} s`;
    throw new NovaError('gpu.busy', message, {
      hint: 'its system has to know how PCI devices are taken out (pciehp, or ACPI); or stop it, and apply again',
    });
  }
}

async function changesNow({ host, place, resource, deps }: Job) {
  const now = await lookAt(host.view(), place);
  if (resource === undefined || now?.process === undefined) return undefined;
  const gpus = await lookAtGpus(host.view(), place, resource.spec, now.runs?.ports ?? 0);
  return deviceChanges(resource, { ...now, ...(gpus === undefined ? {} : { gpus }) }, deps);
}
