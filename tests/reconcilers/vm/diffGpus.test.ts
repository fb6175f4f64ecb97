import { describe, expect, it } from 'vitest';

import type { GpuParts } from '../../../reconcilers/gpu/parts.ts';
import type { DeviceSeen } from '../../../reconcilers/gpu/seen.ts';
import type { Dependencies } from '../../../reconcilers/reconciler.ts';
import { partIdentity } from '../../../reconcilers/identity.ts';
import { diff } from '../../../reconcilers/vm/diff.ts';
import type { GpusSeen, VmSeen } from '../../../reconcilers/vm/seen.ts';
import type { GpuSpec } from '../../../schema/gpu.ts';
import type { GpuSelection } from '../../../schema/gpuSelection.ts';
import { box, dependencies, running } from './specs.ts';

const device = (address: string, kind = 0x030000, driver = 'vfio-pci'): DeviceSeen => ({
  ...{ address, class: kind, driver, driverOverride: driver, group: 1, nodes: [] },
});
const card = [device('0000:01:00.0'), device('0000:01:00.1', 0x040300)];
const part = device('0000:05:00.1', 0x010802);
const kept: GpuSpec = { driver: 'vfio-pci', audio: 'auto' };

const parts: Readonly<Record<string, GpuParts>> = {
  card: { device: '0000:01:00.0', card, functions: [], renewed: false, nodes: {} },
  other: { device: '0000:02:00.0', card: [device('0000:02:00.0')], functions: [], renewed: false, nodes: {} },
  ssd: { device: '0000:05:00.0', card: [], functions: [part], renewed: false, nodes: {} },
  anew: { device: '0000:05:00.0', card: [], functions: [part], renewed: true, nodes: {} },
};

function depsWith(spec: GpuSpec = kept): Dependencies {
  const others = dependencies();
  return {
    ...others,
    spec: (kind, name) => (kind === 'gpu' ? (spec as never) : others.spec(kind, name)),
    gpu: (name) => parts[name],
  };
}

const identity = 'i';
const type = 'nvidia-63';
const mediated = { uuid: partIdentity(identity, `0000:05:00.0/${type}#0`), type, parent: '0000:05:00.0' };

const has = (...places: readonly string[]): GpusSeen['has'] =>
  places.map((text) => {
    const [address = '', port = 0] = text.split(' ');
    return { address, port: Number(port) };
  });

function seenWith(gpus: Partial<GpusSeen>, change: Partial<VmSeen> = {}): VmSeen {
  const none = {
    record: undefined,
    one: [],
    none: undefined,
    devices: [],
    stuck: undefined,
    identity,
    made: [],
  };
  return running({ gpus: { ...none, ports: 4, has: [], ...gpus }, ...change });
}

const whole = has('0000:01:00.0 0', '0000:01:00.1 0');
const taken = { mark: 'nova', devices: [{ address: part.address, driver: undefined, override: undefined }] };

interface Row {
  readonly reason: string;
  readonly wanted?: readonly GpuSelection[];
  readonly spec?: GpuSpec;
  readonly gpus: Partial<GpusSeen>;
  readonly change?: Partial<VmSeen>;
  readonly steps: readonly string[];
}

const rows: readonly Row[] = [
  { reason: 'it has what it should have', wanted: [{ name: 'card' }], gpus: { has: whole }, steps: [] },
  {
    reason: 'a card is in another port than it would be given now',
    wanted: [{ name: 'card' }],
    gpus: { has: has('0000:01:00.0 3', '0000:01:00.1 3') },
    steps: [],
  },
  { reason: 'a card is plugged in', wanted: [{ name: 'card' }], gpus: {}, steps: ['attach'] },
  { reason: 'a card is taken out', wanted: [], gpus: { has: whole }, steps: ['detach'] },
  {
    reason: 'a card goes and another one comes',
    wanted: [{ name: 'other' }],
    gpus: { has: whole },
    steps: ['detach', 'attach'],
  },
  {
    reason: 'it was started without ports',
    wanted: [{ name: 'card' }],
    gpus: { ports: 0 },
    steps: ['stop', 'start'],
  },
  {
    reason: 'all its ports are taken',
    wanted: [{ name: 'card' }, { name: 'other' }],
    gpus: { ports: 1, has: whole },
    steps: ['stop', 'start'],
  },
  {
    reason: 'a part of a card is not put in alone',
    wanted: [{ name: 'card' }],
    gpus: { has: has('0000:01:00.0 0') },
    steps: ['stop', 'start'],
  },
  {
    reason: 'a part of a card is not taken out alone',
    wanted: [{ name: 'card' }],
    spec: { ...kept, audio: 'none' },
    gpus: { has: whole },
    steps: ['stop', 'start'],
  },
  {
    reason: 'it is paused, and its system lets go of nothing',
    wanted: [],
    gpus: { has: whole },
    change: { phase: 'paused' },
    steps: ['stop', 'start'],
  },
  {
    reason: 'a function is handed over before it is plugged in',
    wanted: [{ name: 'ssd', vf: 0 }],
    gpus: { devices: [{ ...part, driver: 'nvme', driverOverride: undefined }] },
    steps: ['devices', 'attach'],
  },
  {
    reason: 'a function that it has taken is made anew before it starts',
    wanted: [{ name: 'anew', vf: 0 }],
    gpus: { record: { ...taken, split: undefined }, devices: [part] },
    change: { process: undefined, phase: 'off' },
    steps: ['devices', 'start'],
  },
  {
    reason: 'a function that it has taken stays as it is',
    wanted: [{ name: 'ssd', vf: 0 }],
    gpus: { record: { ...taken, split: undefined }, devices: [part] },
    change: { process: undefined, phase: 'off' },
    steps: ['start'],
  },
  {
    reason: 'a function is given back after it was taken out',
    wanted: [],
    gpus: { record: { ...taken, split: undefined }, devices: [part], has: has('0000:05:00.1 0') },
    steps: ['detach', 'devices.return'],
  },
  {
    reason: 'a function that is not there yet is waited for',
    wanted: [{ name: 'ssd', vf: 7 }],
    gpus: {},
    steps: ['devices', 'attach'],
  },
  {
    reason: 'a function that is not there yet needs a port',
    wanted: [{ name: 'ssd', vf: 7 }],
    gpus: { ports: 0 },
    steps: ['stop', 'devices', 'start'],
  },
  {
    reason: 'a function that is not there yet may come in the place of another device',
    wanted: [{ name: 'ssd', vf: 7 }],
    gpus: { has: whole },
    steps: ['detach', 'devices', 'attach'],
  },
  {
    reason: 'a mediated device is made, and plugged in',
    wanted: [{ name: 'ssd', mdev: 'nvidia-63' }],
    gpus: {},
    steps: ['mediated', 'attach'],
  },
  {
    reason: 'a mediated device that is there is plugged in',
    wanted: [{ name: 'ssd', mdev: 'nvidia-63' }],
    gpus: { made: [mediated] },
    steps: ['attach'],
  },
  {
    reason: 'it has its mediated device',
    wanted: [{ name: 'ssd', mdev: 'nvidia-63' }],
    gpus: { made: [mediated], has: has(`${mediated.uuid} 0`) },
    steps: [],
  },
  {
    reason: 'a mediated device of another type is another one',
    wanted: [{ name: 'ssd', mdev: 'nvidia-62' }],
    gpus: { made: [mediated], has: has(`${mediated.uuid} 0`) },
    steps: ['detach', 'mediated.return', 'mediated', 'attach'],
  },
  {
    reason: 'a mediated device goes after it was taken out',
    wanted: [],
    gpus: { made: [mediated], has: has(`${mediated.uuid} 0`) },
    steps: ['detach', 'mediated.return'],
  },
  {
    reason: 'a mediated device that a hand has removed is made again before the machine starts',
    wanted: [{ name: 'ssd', mdev: 'nvidia-63' }],
    gpus: {},
    change: { process: undefined, phase: 'off' },
    steps: ['mediated', 'start'],
  },
  {
    reason: 'the firmware of a card is another one, which it takes when it starts',
    wanted: [{ name: 'other' }],
    spec: { ...kept, rom: '/lab/new.rom' },
    gpus: { has: has('0000:02:00.0 0') },
    change: { runs: { ...running().runs, roms: { '0000:02:00.0': '/lab/old.rom' } } as VmSeen['runs'] },
    steps: ['stop', 'start'],
  },
];

describe('diff', () => {
  it.each(rows)('$reason', ({ wanted, spec, gpus, change, steps }) => {
    const resource = box(wanted === undefined ? {} : { gpu_passthrough: wanted });
    const found = diff({
      address: 'vm.box',
      resource,
      seen: seenWith(gpus, change),
      deps: depsWith(spec),
    });
    expect(found.map(({ id }) => id)).toEqual(steps);
    // What it does to the machine stands in the plan.
    const restarting = found.filter(({ effect }) => effect === 'restart').map(({ id }) => id);
    expect(restarting).toEqual(steps.includes('stop') ? ['stop', 'start'] : []);
  });
});
