import type { Resource } from '../../schema/manifest.ts';
import { isSound } from '../gpu/devices.ts';
import type { DeviceSeen } from '../gpu/seen.ts';
import type { Dependencies } from '../reconciler.ts';
import { wantedMediated } from './mediated.ts';
import type { VmSeen } from './seen.ts';

/** A device of the host as QEMU is given it. */
export interface Passed {
  /** As `0000:01:00.0`; of a mediated device its UUID. */
  readonly address: string;
  /** Number of the port that it is in. */
  readonly port: number;
  /** Which function of that port's device it is; a port is filled by its function 0. */
  readonly fn: number;
  /** A file with its firmware; undefined: its own. */
  readonly rom: string | undefined;
}

/** Devices that go together, as the functions of a card do. */
interface Card {
  readonly devices: readonly Pick<DeviceSeen, 'address' | 'class' | 'group'>[];
  readonly rom: string | undefined;
}

/** Pure: whether a machine has ports for devices: what is in none cannot be plugged in. */
export function hasPorts({ spec }: Resource<'vm'>): boolean {
  return spec.gpu_passthrough !== undefined;
}

/** Ports that there are at least, so that devices can be plugged into a machine that runs. */
const leastPorts = 4;

export function portsFor(passed: readonly Passed[]): number {
  return Math.max(leastPorts, ...passed.map(({ port }) => port + 1));
}

/** Pure: the devices that a machine is to have, each with its place; undefined while one of them is not known. */
export function desiredPassed(
  resource: Resource<'vm'>,
  seen: Pick<VmSeen, 'gpus'> | undefined,
  deps: Dependencies,
): readonly Passed[] | undefined {
  const cards = desiredCards(resource, seen, deps);
  return cards?.flatMap((card, port) => placed(card, port));
}

export function placed({ devices, rom }: Card, port: number): readonly Passed[] {
  const [only, ...more] = devices;
  if (only === undefined) return [];
  // What is alone in its slot of the machine has to be its function 0, whatever it is on the host.
  if (more.length === 0) return [{ address: only.address, port, fn: 0, rom }];
  return devices.map(({ address, class: kind }) => ({
    address,
    port,
    fn: Number(address.at(-1)),
    rom: isSound({ class: kind }) ? undefined : rom,
  }));
}

/** Pure: by card, in the order in which they are declared. */
export function desiredCards(
  resource: Resource<'vm'>,
  seen: Pick<VmSeen, 'gpus'> | undefined,
  deps: Dependencies,
): readonly Card[] | undefined {
  const { gpu_passthrough: wanted } = resource.spec;
  if (wanted === undefined) return [];
  if (wanted === true) {
    const one = seen?.gpus?.one ?? [];
    return one.length === 0 ? undefined : [{ devices: one, rom: undefined }];
  }
  const cards: Card[] = [];
  const mediated = wantedMediated(resource, seen, deps);
  for (const [place, { name, vf, mdev }] of wanted.entries()) {
    if (mdev !== undefined) {
      const part = mediated?.get(place);
      if (part === undefined) return undefined;
      cards.push({ devices: [{ address: part.uuid, class: 0, group: undefined }], rom: undefined });
      continue;
    }
    const parts = deps.gpu?.(name);
    const gpu = deps.spec('gpu', name);
    const whole = parts?.card.filter((device) => gpu?.audio !== 'none' || !isSound(device));
    const part = vf === undefined ? undefined : parts?.functions[vf];
    const devices = vf === undefined ? whole : part && [part];
    if (devices === undefined || devices.length === 0) return undefined;
    cards.push({ devices, rom: vf === undefined ? gpu?.rom : undefined });
  }
  return cards;
}

/** Pure: devices that no `[gpu.NAME]` hands over, so that the machine does it itself; undefined while one is not known. */
export function ownDevices(
  resource: Resource<'vm'>,
  seen: Pick<VmSeen, 'gpus'> | undefined,
  deps: Dependencies,
): readonly string[] | undefined {
  const { gpu_passthrough: wanted } = resource.spec;
  if (wanted === undefined) return [];
  if (wanted === true) return seen?.gpus?.one.map(({ address }) => address);
  const parts = wanted.filter(({ vf }) => vf !== undefined);
  const found = parts.map(({ name, vf = 0 }) => deps.gpu?.(name)?.functions[vf]?.address);
  return found.every((address) => address !== undefined) ? found : undefined;
}

/** Pure: functions that are made anew before the machine is given them: whatever they are now, they will not be. */
export function renewed({ spec }: Resource<'vm'>, deps: Dependencies): readonly string[] {
  const { gpu_passthrough: wanted } = spec;
  if (wanted === undefined || wanted === true) return [];
  return wanted.flatMap(({ name, vf }) => {
    const parts = deps.gpu?.(name);
    return vf !== undefined && parts?.renewed === true ? (parts.functions[vf]?.address ?? []) : [];
  });
}

/** The name of a device within QEMU, which says where it is from and where it is: `pci2-0000-01-00.0`, `mdev2-…`. */
export function idOf({ address, port }: Pick<Passed, 'address' | 'port'>): string {
  if (isUuid(address)) return `mdev${port}-${address}`;
  return `pci${port}-${address.replaceAll(':', '-')}`;
}

/** Pure: the reverse of {@link idOf}; undefined for names of other devices. */
export function passedIn(id: string): { readonly address: string; readonly port: number } | undefined {
  const [, at, uuid] = /^mdev(\d+)-(.+)$/.exec(id) ?? [];
  if (uuid !== undefined && isUuid(uuid)) return { address: uuid, port: Number(at) };
  const match = /^pci(\d+)-([0-9a-f]{4,8})-([0-9a-f]{2})-([01][0-9a-f]\.[0-7])$/.exec(id);
  if (match === null) return undefined;
  const [, port, ...parts] = match;
  return { address: parts.join(':'), port: Number(port) };
}

function isUuid(address: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(address);
}

/** Where a mediated device is in sysfs. */
const mediatedFolder = '/sys/bus/mdev/devices/';

export function portName(port: number): string {
  return `pciport${port}`;
}

/** Whether {@link portName} made it. */
export function isPort(id: unknown): boolean {
  return typeof id === 'string' && /^pciport[0-9]+$/.test(id);
}

/** QEMU's properties of a device: VFIO for PCI (QEMU, hw/vfio/pci.c), in its place. */
export function vfioDevice(passed: Passed, among: readonly Passed[]): Readonly<Record<string, unknown>> {
  const together = among.some((other) => other !== passed && other.port === passed.port);
  return {
    driver: 'vfio-pci',
    id: idOf(passed),
    ...(isUuid(passed.address)
      ? { sysfsdev: `${mediatedFolder}${passed.address}` }
      : { host: passed.address }),
    bus: portName(passed.port),
    addr: `0.${passed.fn}`,
    ...(together ? { multifunction: true } : {}),
    ...(passed.rom === undefined ? {} : { romfile: passed.rom }),
  };
}

/** The last that is plugged in is function 0: with it the machine sees all of them (QEMU, docs/pcie.txt). */
export function inPlugOrder(passed: readonly Passed[]): readonly Passed[] {
  return passed.toSorted((a, b) => b.fn - a.fn);
}
