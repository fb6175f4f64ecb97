import type { Resource } from '../../schema/manifest.ts';
import { vfio } from '../gpu/handOver.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import { desiredPassed, type Passed, ownDevices, renewed } from './passed.ts';
import type { VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** Pure: what it takes that the devices which the machine hands over itself are with `vfio-pci`, and others are not. */
export function diffOwnDevices(
  resource: Resource<'vm'>,
  seen: Pick<VmSeen, 'gpus'>,
  deps: Dependencies,
): readonly VmStep[] {
  const wanted = ownDevices(resource, seen, deps);
  const { record, one = [], devices = [] } = seen.gpus ?? {};
  const recorded = record?.devices.map(({ address }) => address) ?? [];
  const there = new Map([...devices, ...one].map((device) => [device.address, device]));
  // Which functions it gets is known when they are made; none of them is there now.
  if (wanted === undefined)
    return [...returned(recorded.filter((address) => there.has(address))), ...waiting(resource, seen)];
  const anew = renewed(resource, deps);
  const wrong = wanted.filter((address) => {
    if (anew.includes(address)) return true;
    const device = there.get(address);
    const taken = device?.driver === vfio && device.driverOverride === vfio;
    return !taken || !recorded.includes(address);
  });
  const going = recorded.filter((address) => !wanted.includes(address));
  const change = (address: string): FieldChange => ({
    path: `driver ${address}`,
    before: there.get(address)?.driver,
    after: vfio,
  });
  return [
    ...returned(going),
    ...(wrong.length === 0
      ? []
      : [step('devices', `${wrong.join(', ')} is not handed over`, wrong.map(change), classOf(seen))]),
  ];
}

function returned(going: readonly string[]): readonly VmStep[] {
  return going.length === 0 ? [] : [step('devices.return', `${going.join(', ')} is not its device any more`)];
}

/** Functions that are yet to be made are handed over when they are there. */
function waiting({ spec }: Resource<'vm'>, seen: Pick<VmSeen, 'gpus'>): readonly VmStep[] {
  const parts = Array.isArray(spec.gpu_passthrough) ? spec.gpu_passthrough : [];
  const names = parts.flatMap(({ name, vf }) => (vf === undefined ? [] : [`function ${vf} of gpu.${name}`]));
  if (names.length === 0) return [];
  return [step('devices', `${names.join(', ')} is not handed over`, [], classOf(seen))];
}

function classOf({ gpus }: Pick<VmSeen, 'gpus'>): { readonly class: 'missing' | 'changed' } {
  return { class: gpus?.record === undefined ? 'missing' : 'changed' };
}

/** What of the devices changes for a machine that runs. */
export interface DeviceChanges {
  readonly attach: readonly Passed[];
  readonly detach: readonly { readonly address: string; readonly port: number }[];
  /** Which they are is known when its turn comes. */
  readonly later?: boolean;
  /** Why it has to be started again for that; undefined: it need not. */
  readonly restart: string | undefined;
  readonly change: FieldChange;
}

function plugLater(change: FieldChange): readonly VmStep[] {
  const why = 'it is known when they are made';
  return [
    ...(change.before === undefined ? [] : [step('detach', `what is taken out: ${why}`)]),
    step('attach', `what is plugged in: ${why}`, [change]),
  ];
}

/** Pure: undefined when the machine that runs has the devices that it should have, or when that is not known. */
export function deviceChanges(
  resource: Resource<'vm'>,
  seen: VmSeen,
  deps: Dependencies,
): DeviceChanges | undefined {
  const wanted = desiredPassed(resource, seen, deps);
  const { has = [], ports = 0 } = seen.gpus ?? {};
  if (seen.process === undefined) return undefined;
  if (wanted === undefined) return unknownChanges(seen);
  const missing = wanted.filter(({ address }) => !has.some((each) => each.address === address));
  const detach = has.filter(({ address }) => !wanted.some((each) => each.address === address));
  // A card takes its firmware from a file when the machine starts.
  const { roms = {} } = seen.runs ?? {};
  const other = wanted.filter(({ address, rom = '' }) => (roms[address] ?? rom) !== rom);
  if (missing.length === 0 && detach.length === 0 && other.length === 0) return undefined;
  const staying = has.filter((each) => !detach.includes(each));
  const free = Array.from({ length: ports }, (_, port) => port).filter(
    (port) => !staying.some((each) => each.port === port),
  );
  const cards = [...new Set(missing.map(({ port }) => port))];
  const attach = missing.map((each) => ({ ...each, port: free[cards.indexOf(each.port)] ?? each.port }));
  const words = (addresses: readonly string[]): string | undefined =>
    addresses.length === 0 ? undefined : addresses.toSorted().join(', ');
  return {
    attach,
    detach,
    restart:
      other.length > 0
        ? 'the firmware of a card is another one'
        : whyRestart({ wanted, missing, detach, staying, free: free.length - cards.length, ports, seen }),
    change: {
      path: 'gpu_passthrough',
      before: words(has.map(({ address }) => address)),
      after: words(wanted.map(({ address }) => address)),
    },
  };
}

/** Functions that are yet to be made are known when the machine's turn comes: what it may need then is planned. */
function unknownChanges({ gpus }: VmSeen): DeviceChanges {
  const { has = [], ports = 0 } = gpus ?? {};
  const before = has.length === 0 ? undefined : has.map(({ address }) => address).join(', ');
  return {
    attach: [],
    detach: [],
    later: true,
    restart: ports === 0 ? withoutPorts : undefined,
    change: { path: 'gpu_passthrough', before, after: undefined },
  };
}

const withoutPorts = 'it was started without ports for devices';

function whyRestart(of: {
  readonly wanted: readonly Passed[];
  readonly missing: readonly Passed[];
  readonly detach: DeviceChanges['detach'];
  readonly staying: DeviceChanges['detach'];
  readonly free: number;
  readonly ports: number;
  readonly seen: VmSeen;
}): string | undefined {
  if (of.ports === 0) return withoutPorts;
  if (of.free < 0) return `it has ${of.ports} ports for devices, and no more`;
  if (of.seen.phase !== 'running') return 'it does not run, and so takes no device';
  const whole = (port: number): boolean => of.staying.every((each) => each.port !== port);
  // A card is plugged in and let go of as a whole.
  if (!of.detach.every(({ port }) => whole(port))) return 'a part of a card cannot be taken out alone';
  const parts = of.missing.some(({ port }) =>
    of.wanted.some((each) => each.port === port && !of.missing.includes(each)),
  );
  return parts ? 'a part of a card cannot be put in alone' : undefined;
}

/** Pure: the steps for a machine that runs and goes on. */
export function diffPlug(changes: DeviceChanges | undefined): readonly VmStep[] {
  if (changes === undefined || changes.restart !== undefined) return [];
  const { attach, detach, change, later } = changes;
  if (later === true) return plugLater(change);
  const names = (devices: readonly { readonly address: string }[]): string =>
    devices.map(({ address }) => address).join(', ');
  return [
    ...(detach.length === 0 ? [] : [step('detach', `${names(detach)} is taken out while it runs`, [change])]),
    ...(attach.length === 0
      ? []
      : [
          step('attach', `${names(attach)} is plugged in while it runs`, detach.length === 0 ? [change] : []),
        ]),
  ];
}
