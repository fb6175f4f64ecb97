import { z } from 'zod';

import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import { isMarkOf, type Mark, parseMark, type Scope } from '../identity.ts';

/** Who drove a device before Nova's first write to it, and who alone might. */
export interface Original {
  readonly address: string;
  readonly driver: string | undefined;
  readonly override: string | undefined;
}

/**
 * Whose the devices are, and what they were. A device cannot carry a mark, so this file is it; like what it tells of, it
 * does not outlive the machine's power.
 */
export interface DeviceRecord {
  /** Undefined: it was given up, and is nobody's. */
  readonly mark: string | undefined;
  /** In the order in which they were taken. */
  readonly devices: readonly Original[];
  /** How many virtual functions a device had. */
  readonly split: { readonly address: string; readonly count: number } | undefined;
}

const File = z.object({
  mark: z.string().optional(),
  devices: z.array(
    z.object({ address: z.string(), driver: z.string().optional(), override: z.string().optional() }),
  ),
  split: z.object({ address: z.string(), count: z.number() }).optional(),
});

/** In whose name devices are taken that no NovaFile declares: no project can be called so. */
export const byHandProject = '_hand';

export function recordsFolder({ run }: Pick<Scope, 'run'>): string {
  return `${run}/devices`;
}

/** @param identity of the resource that has taken them */
export function recordPath(scope: Pick<Scope, 'run'>, identity: string): string {
  return `${recordsFolder(scope)}/${identity}.json`;
}

export function writeRecord(record: DeviceRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** Pure: undefined for what is no record. It is written whole or not at all, so that would be somebody else's doing. */
export function parseRecord(text: string | undefined): DeviceRecord | undefined {
  try {
    const { mark, devices, split } = File.parse(JSON.parse(text ?? ''));
    return {
      mark,
      devices: devices.map(({ address, driver, override }) => ({ address, driver, override })),
      split,
    };
  } catch {
    return undefined;
  }
}

export async function readRecord(view: HostView, identity: string): Promise<DeviceRecord | undefined> {
  const file = recordPath(view.scope, identity);
  // A folder that is not there is told by one read, however many ask.
  if ((await view.list(recordsFolder(view.scope)))?.includes(`${identity}.json`) !== true) return undefined;
  return parseRecord(await view.read(file));
}

/** Every record of a scope. */
export async function readRecords(
  view: HostView,
  scope: Pick<Scope, 'run'>,
): Promise<readonly DeviceRecord[]> {
  const folder = recordsFolder(scope);
  const names = ((await view.list(folder)) ?? []).filter((name) => /^[0-9a-f-]{36}\.json$/.test(name));
  const read = await Promise.all(
    names.map(async (name) => parseRecord(await view.read(`${folder}/${name}`))),
  );
  return read.flatMap((record) => record ?? []);
}

/** Devices that something else on this machine has taken, be it of another project or of another scope. */
export async function takenByOthers(
  view: HostView,
  own: { readonly address: Address },
): Promise<ReadonlyMap<string, Mark>> {
  const { scope, project } = view;
  const root = scope.run.slice(0, scope.run.lastIndexOf('/'));
  const scopes = ((await view.list(root)) ?? []).filter((name) => /^[0-9a-f]{8}$/.test(name));
  const records = await Promise.all(scopes.map(async (id) => readRecords(view, { run: `${root}/${id}` })));
  const taken = records.flat().flatMap(({ mark: text, devices }) => {
    const mark = parseMark(text);
    if (mark === undefined || isMarkOf(text, { scope, project, address: own.address })) return [];
    return devices.map(({ address }) => [address, mark] as const);
  });
  return new Map(taken);
}
