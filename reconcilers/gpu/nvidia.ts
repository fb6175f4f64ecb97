import type { PciDevice, Platform } from '../host/pci/model.ts';
import type { SmiCard } from '../host/pci/nvidiaSmi.ts';

/** What an NVIDIA card is and can, as far as its numbers, sysfs, procfs and `nvidia-smi` tell. Undefined: they do not. */
export interface NvidiaFacts {
  /** As `Ada Lovelace`. */
  readonly generation: string | undefined;
  /** Who made the kernel module that drives it: NVIDIA's with open or closed sources, or nouveau. */
  readonly module: 'open' | 'closed' | 'nouveau' | undefined;
  /** Which of NVIDIA's modules can drive this generation. */
  readonly modules: readonly ('open' | 'closed')[];
  readonly driverVersion: string | undefined;
  /** Several instances of the one card (Multi-Instance GPU): `unable`, or whether it is switched on. */
  readonly mig: 'unable' | 'able' | 'on' | 'off' | undefined;
  readonly vgpu: {
    /** Types of mediated devices that the driver makes of it. */
    readonly types: number;
    /** Virtual functions that it can have. */
    readonly functions: number;
    /** What the driver says: `Pass-Through` where this machine was handed the card itself, `Host VGPU` where it shares it. */
    readonly mode: string | undefined;
  };
  readonly uuid: string | undefined;
}

/** Pure. `undefined` for what is no NVIDIA GPU. */
export function nvidiaFacts(
  device: PciDevice,
  { nvidia }: Pick<Platform, 'nvidia'>,
  name: string | undefined,
  smi: SmiCard | undefined,
): NvidiaFacts | undefined {
  if (device.vendor !== '10de') return undefined;
  const card = nvidia?.cards[device.address];
  const generation = generationOf(device, name, smi?.architecture);
  return {
    generation,
    module: moduleOf(device, nvidia?.open),
    modules: modulesFor(generation),
    driverVersion: device.driver === 'nvidia' ? (nvidia?.version ?? smi?.driverVersion) : undefined,
    mig: migOf(device, name, smi),
    vgpu: {
      types: device.mdevTypes.length,
      functions: device.sriov?.total ?? 0,
      mode: smi?.hostVgpu === undefined ? smi?.virtualization : `${smi.virtualization}, ${smi.hostVgpu}`,
    },
    uuid: (card?.uuid || undefined) ?? smi?.uuid,
  };
}

function moduleOf({ driver }: PciDevice, open: boolean | undefined): NvidiaFacts['module'] {
  if (driver === 'nouveau') return 'nouveau';
  if (driver !== 'nvidia' || open === undefined) return undefined;
  return open ? 'open' : 'closed';
}

/** NVIDIA's own names of chips begin with two letters for the generation: `AD102`. */
const byChip: Readonly<Record<string, string>> = {
  GF: 'Fermi',
  GK: 'Kepler',
  GM: 'Maxwell',
  GP: 'Pascal',
  GV: 'Volta',
  TU: 'Turing',
  GA: 'Ampere',
  GH: 'Hopper',
  AD: 'Ada Lovelace',
  GB: 'Blackwell',
};

/** The first two digits of the number of a model, since Turing, for where the database is older than the card. */
const byNumber: Readonly<Record<string, string>> = {
  '1e': 'Turing',
  '1f': 'Turing',
  '20': 'Ampere',
  '21': 'Turing',
  '22': 'Ampere',
  '23': 'Hopper',
  '24': 'Ampere',
  '25': 'Ampere',
  '26': 'Ada Lovelace',
  '27': 'Ada Lovelace',
  '28': 'Ada Lovelace',
  '29': 'Blackwell',
  '2b': 'Blackwell',
  '2c': 'Blackwell',
  '2d': 'Blackwell',
  '2f': 'Blackwell',
  '31': 'Blackwell',
};

/** What the driver says, else the name of the chip, else the number of the model. */
export function generationOf(
  { device }: Pick<PciDevice, 'device'>,
  name: string | undefined,
  architecture?: string,
): string | undefined {
  const [, letters = ''] = /^([A-Z]{2})\d/.exec(name ?? '') ?? [];
  return architecture ?? byChip[letters] ?? byNumber[device.slice(0, 2)];
}

const before = ['Fermi', 'Kepler', 'Maxwell', 'Pascal', 'Volta'];

/** The open module drives Turing and later, and alone what came after Hopper (https://github.com/NVIDIA/open-gpu-kernel-modules). */
function modulesFor(generation: string | undefined): readonly ('open' | 'closed')[] {
  if (generation === undefined) return [];
  if (generation === 'Blackwell') return ['open'];
  return before.includes(generation) ? ['closed'] : ['open', 'closed'];
}

/**
 * https://docs.nvidia.com/datacenter/tesla/mig-user-guide/: the chips for data centres since Ampere, and the large cards
 * for workstations since Blackwell. Only the driver knows for sure.
 */
function migOf(
  { device }: PciDevice,
  name: string | undefined,
  smi: SmiCard | undefined,
): NvidiaFacts['mig'] {
  if (smi?.mig === 'Enabled') return 'on';
  if (smi?.mig === 'Disabled') return 'off';
  if (smi !== undefined) return 'unable';
  if (/^(GA100|GH100|GB10\d)|RTX PRO [56]000 Blackwell/.test(name ?? '') || /^(20|23|29)/.test(device))
    return 'able';
  const generation = generationOf({ device }, name) ?? '';
  return name?.includes('GeForce') === true || [...before, 'Turing'].includes(generation)
    ? 'unable'
    : undefined;
}
