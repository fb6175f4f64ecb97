import type { Host } from '../host/host.ts';
import type { PciHost } from '../host/pci/model.ts';
import type { Place } from '../place.ts';
import { type DeviceRecord, type Original, parseRecord, recordPath, writeRecord } from './record.ts';

/** The record of a resource as it is now. */
export async function currentRecord(
  host: Host,
  { identity }: Pick<Place, 'identity'>,
): Promise<DeviceRecord | undefined> {
  return parseRecord(await host.view().read(recordPath(host.scope, identity)));
}

export async function keepRecord(
  host: Host,
  { identity }: Pick<Place, 'identity'>,
  record: DeviceRecord,
): Promise<void> {
  await host.files.write(recordPath(host.scope, identity), writeRecord(record));
}

/** Only these are left in the record. The state forgets the others first: what it knew longer than the file would be believed. */
export async function keepOnly(
  host: Host,
  place: Pick<Place, 'identity'>,
  record: DeviceRecord,
  kept: ReadonlySet<string>,
): Promise<void> {
  const going = record.devices.filter(({ address }) => !kept.has(address));
  await forget(host, place, going);
  const devices = record.devices.filter(({ address }) => kept.has(address));
  const split = record.split !== undefined && kept.has(record.split.address) ? record.split : undefined;
  await keepRecord(host, place, { ...record, devices, split });
}

/** The file goes last, as it says whose they were. */
export async function dropRecord(host: Host, place: Pick<Place, 'identity'>): Promise<void> {
  const record = await currentRecord(host, place);
  await forget(host, place, record?.devices ?? []);
  await host.files.remove(recordPath(host.scope, place.identity));
}

async function forget(
  host: Host,
  { identity }: Pick<Place, 'identity'>,
  devices: readonly Original[],
): Promise<void> {
  for (const { address } of devices) {
    await host.pci.forget(functionsOf(address), identity);
    await host.pci.forget(address, identity);
  }
}

/** How many functions a device had, which the state knows as well. */
export async function rememberSplit(
  host: Host,
  { identity }: Pick<Place, 'identity'>,
  address: string,
  count: number,
): Promise<number> {
  return Number(await host.pci.remember(functionsOf(address), String(count), identity));
}

export async function forgetSplit(
  host: Host,
  place: Pick<Place, 'identity'>,
  record: DeviceRecord,
): Promise<void> {
  if (record.split === undefined) return;
  await host.pci.forget(functionsOf(record.split.address), place.identity);
  await keepRecord(host, place, { ...record, split: undefined });
}

/** By what the state knows the number of its functions. */
function functionsOf(address: string): string {
  return `${address}/functions`;
}

/** What devices were before Nova's first write, which the state knows where the file was lost; known ones stay first. */
export async function remember(
  host: Host,
  { identity: user }: Pick<Place, 'identity'>,
  { devices }: PciHost,
  wanted: readonly string[],
  known: readonly Original[],
): Promise<readonly Original[]> {
  const originals = [...known];
  for (const address of wanted) {
    const device = devices.find((each) => each.address === address);
    if (device === undefined || known.some((each) => each.address === address)) continue;
    const { driver, driverOverride: override } = device;
    const first = await host.pci.remember(address, JSON.stringify([driver ?? null, override ?? null]), user);
    originals.push({ address, ...parseOriginal(first) });
  }
  return originals;
}

function parseOriginal(text: string): Pick<Original, 'driver' | 'override'> {
  const [driver, override] = JSON.parse(text) as [string | null, string | null];
  return { driver: driver ?? undefined, override: override ?? undefined };
}
