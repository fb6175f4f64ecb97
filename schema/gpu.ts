import { z } from 'zod';

import { commonKeys, ownOf } from './common.ts';
import { hostFile } from './hostFile.ts';
import { key } from './key.ts';
import { resolvePath, type FolderAt } from './paths.ts';
import { pciAddress, pciDevice, pciVendor } from './pci.ts';
import type { TableProblem } from './problem.ts';
import { meaning, text } from './values.ts';

const slot = meaning(
  text,
  (value, refuse) => {
    return /^[!-~](?:[ -~]{0,62}[!-~])?$/.test(value)
      ? value
      : refuse('must be the label of a slot', 'as `dmidecode -t slot` prints it: "PCIEX16_1"');
  },
  { name: 'slot', pattern: '^[!-~]([ -~]*[!-~])?$' },
);

/** A table `[gpu.NAME]` as it is written: a GPU, or another PCI device that is handed over as one is. */
export const GpuTable = z.strictObject({
  address: key(pciAddress.exactOptional(), {
    what: 'Where it is, as `lspci -D` prints it. One of `address`, `vendor` and `slot` says which device is meant.',
    without: 'it is found by `vendor` or `slot`',
    change: 'replace',
    example: 'address = "0000:01:00.0"',
  }),
  vendor: key(pciVendor.exactOptional(), {
    what: 'Who made it: four hexadecimal digits, or `nvidia`, `amd`, `intel`.',
    without: 'it is found by `address` or `slot`',
    change: 'replace',
    example: 'vendor = "nvidia"',
  }),
  device: key(pciDevice.exactOptional(), {
    what: "The vendor's number for the model: four hexadecimal digits. It goes with `vendor`.",
    without: 'any display device of the vendor',
    change: 'replace',
    example: 'device = "2684"',
  }),
  index: key(z.int().min(0).max(255).exactOptional(), {
    what: 'Which one of several that are alike, counted from 0 in the order of their addresses. It goes with `vendor`.',
    without: 'the only one; several are an error',
    change: 'replace',
    example: 'index = 0',
  }),
  slot: key(slot.exactOptional(), {
    what: "The label of the slot that it is in, as the machine's firmware names it (`dmidecode -t slot`).",
    without: 'it is found by `address` or `vendor`',
    change: 'replace',
    example: 'slot = "PCIEX16_1"',
  }),
  driver: key(z.enum(['vfio-pci', 'host']).exactOptional(), {
    what: "Who drives it. `vfio-pci`: a machine that it is handed to. `host`: the host's own driver, as for capsules and virtual functions.",
    without: '`host` with `sriov_vfs`, otherwise `vfio-pci`',
    change: 'restart',
    note: 'Whoever uses it is restarted.',
    example: 'driver = "vfio-pci"',
  }),
  audio: key(z.enum(['auto', 'none']).default('auto'), {
    what: 'Its sound for screens, which is a device of its own. `auto`: it goes along where the card has it. `none`: it is not handed over; its driver leaves it all the same, where it shares the IOMMU group.',
    change: 'restart',
    example: 'audio = "auto"',
  }),
  rom: key(hostFile('./card.rom').exactOptional(), {
    what: "A file with the card's firmware, for a machine that does not get it from the card itself.",
    without: "the card's own",
    change: 'restart',
    example: 'rom = "./card.rom"',
  }),
  sriov_vfs: key(z.int().min(0).max(256).exactOptional(), {
    what: 'How many virtual functions (SR-IOV) it is split into. They are taken by number, as `gpu_passthrough = [{ name = "card", vf = 0 }]`.',
    without: 'left as it is',
    change: 'restart',
    note: 'Refused while one of them is in use.',
    example: 'sriov_vfs = 4',
  }),
  ...commonKeys,
});

type Table = z.output<typeof GpuTable>;

/** A device with its defaults filled in and its paths absolute. Keys as in {@link GpuTable}. */
export type GpuSpec = Readonly<Omit<Table, keyof typeof commonKeys | 'driver'>> & {
  readonly driver: 'vfio-pci' | 'host';
};

const ways = ['address', 'vendor', 'slot'] as const;

/** What does not fit together within one table; paths as within it. */
export function checkGpu(table: Table): readonly TableProblem[] {
  return [...checkIdentity(table), ...checkFunctions(table)];
}

function checkIdentity(table: Table): readonly TableProblem[] {
  const [first, second] = ways.filter((way) => table[way] !== undefined);
  const involves = [...ways, 'device', 'index'];
  if (second !== undefined) {
    const message = `${second} does not go with ${first}: one of them says which device is meant`;
    return [
      { code: 'schema.value', message, hint: `leave out ${first} or ${second}`, path: [second], involves },
    ];
  }
  const alone = (['device', 'index'] as const).find((name) => table[name] !== undefined);
  if (alone !== undefined && first !== 'vendor') {
    const message = `${alone} needs the key vendor`;
    const hint =
      first === undefined ? 'add vendor = "nvidia"' : `leave it out: ${first} says which device is meant`;
    return [{ code: 'schema.missing', message, hint, path: [alone], involves }];
  }
  if (first !== undefined) return [];
  const message = 'a gpu needs to say which device it is: address, vendor or slot';
  const hint = 'for example address = "0000:01:00.0"; `lspci -D` lists them';
  return [{ code: 'schema.missing', message, hint, path: [], on: 'table', involves }];
}

function checkFunctions({ driver, sriov_vfs }: Table): readonly TableProblem[] {
  if (driver !== 'vfio-pci' || sriov_vfs === undefined) return [];
  const message = 'sriov_vfs needs driver = "host": virtual functions are made by the card\'s own driver';
  const hint = 'leave out driver, or sriov_vfs';
  return [{ code: 'schema.value', message, hint, path: ['sriov_vfs'], involves: ['driver'] }];
}

export function gpuSpec(folderAt: FolderAt, written: Table): GpuSpec {
  const { driver, rom, ...table } = ownOf(written);
  return {
    ...table,
    driver: driver ?? (table.sriov_vfs === undefined ? 'vfio-pci' : 'host'),
    ...(rom === undefined ? {} : { rom: resolvePath(folderAt('rom'), rom) }),
  };
}
