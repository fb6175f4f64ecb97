import { NovaError } from '../../schema/errors.ts';
import type { Host } from '../host/host.ts';
import type { PciDevice, PciHost } from '../host/pci/model.ts';
import { markOf } from '../identity.ts';
import { type Place, placeOf } from '../place.ts';
import { slotOf } from './devices.ts';
import { taken } from './elsewhere.ts';
import { giveBack, handOver, refuseBusy, vfio } from './handOver.ts';
import { obstaclesOf } from './obstacles.ts';
import { recordsFolder } from './record.ts';
import { currentRecord, dropRecord, keepRecord, remember } from './recordFile.ts';
import { stuckWhy } from './writers.ts';

/** What came of one device. */
export interface Outcome {
  readonly address: string;
  /** `kept`: there was nothing to do. */
  readonly outcome: 'done' | 'kept' | 'refused' | 'failed';
  /** What was done, or why not; for a person. */
  readonly what: string;
  readonly hint?: string;
}

type Act = (host: Host, pci: PciHost, device: PciDevice) => Promise<Outcome>;

/** What is done to one card at a time; the host is one of `byHandProject`. */
export const acts: Readonly<Record<'bind' | 'unbind' | 'reset', Act>> = {
  bind: told(bind),
  unbind: told(unbind),
  reset: told(reset),
};

/** A failure is one device's, and the others go on. */
function told(act: (host: Host, pci: PciHost, device: PciDevice) => Promise<Omit<Outcome, 'address'>>): Act {
  return async (host, pci, device) => {
    const { address } = device;
    try {
      return { address, ...(await act(host, pci, device)) };
    } catch (error) {
      if (!(error instanceof NovaError)) throw error;
      const { message: what, hint } = error;
      const outcome = error.code === 'gpu.busy' ? 'refused' : 'failed';
      return { address, outcome, what, ...(hint === undefined ? {} : { hint }) };
    }
  };
}

function placeFor(host: Host, { address }: PciDevice): Place {
  return placeOf(host, `gpu.${address.replaceAll(':', '-')}`);
}

async function bind(host: Host, pci: PciHost, device: PciDevice): Promise<Omit<Outcome, 'address'>> {
  const card = slotOf(device, pci);
  const names = card.map(({ address }) => address);
  if (card.every(({ driver, driverOverride }) => driver === vfio && driverOverride === vfio))
    return { outcome: 'kept', what: `is with ${vfio} already` };
  const place = placeFor(host, device);
  const stuck = await stuckWhy(host.view(), names);
  const [issue] = [
    ...(stuck === undefined ? [] : [{ message: stuck, hint: 'see what it waits for: dmesg | tail' }]),
    ...(await taken(host.view(), place, names)),
    ...obstaclesOf({ device }, pci),
  ];
  if (issue !== undefined) {
    const { message: what, hint } = issue;
    return { outcome: 'refused', what, ...(hint === undefined ? {} : { hint }) };
  }
  const known = await currentRecord(host, place);
  const devices = await remember(host, place, pci, names, known?.devices ?? []);
  await keepRecord(host, place, { mark: markOf(place), devices, split: undefined });
  await host.pci.load(place.identity);
  await handOver(host, names, devices).catch(async (error: unknown) => {
    // All of it is back, so nothing need be known of it.
    if (known === undefined) await forget(host, place);
    throw error;
  });
  return { outcome: 'done', what: `is with ${vfio}${along(device, names)}` };
}

async function unbind(host: Host, _pci: PciHost, device: PciDevice): Promise<Omit<Outcome, 'address'>> {
  const place = placeFor(host, device);
  const record = await currentRecord(host, place);
  if (record === undefined) return { outcome: 'kept', what: 'was not taken by `nova gpu bind`' };
  const names = record.devices.map(({ address }) => address);
  const [failure] = await giveBack(host, names.toReversed(), record.devices);
  if (failure !== undefined) throw failure;
  await forget(host, place);
  const own = record.devices.find(({ address }) => address === device.address);
  return { outcome: 'done', what: `is with ${own?.driver ?? 'no driver'} again${along(device, names)}` };
}

async function forget(host: Host, place: Place): Promise<void> {
  await dropRecord(host, place);
  await host.pci.unload(place.identity);
  for (const folder of [recordsFolder(host.scope), host.scope.run]) await host.files.removeEmpty(folder);
}

/** What the host uses, or a program, would lose what it is doing. */
async function reset(host: Host, _pci: PciHost, device: PciDevice): Promise<Omit<Outcome, 'address'>> {
  const { driver, resets, address } = device;
  if (!resets)
    return {
      outcome: 'refused',
      what: 'the kernel knows no way to reset it',
      hint: 'turn the machine off and on',
    };
  if (driver !== undefined && driver !== vfio) {
    const hint = `hand it over first: nova gpu bind ${address}`;
    return { outcome: 'refused', what: `the host's driver ${driver} has it`, hint };
  }
  await refuseBusy(host, device);
  await host.pci.reset(address);
  return { outcome: 'done', what: 'was reset' };
}

function along({ address }: PciDevice, names: readonly string[]): string {
  const others = names.filter((name) => name !== address);
  return others.length === 0 ? '' : `, and ${others.join(', ')} with it`;
}
