import { z } from 'zod';

import { commonKeys, ownOf } from './common.ts';
import { key } from './key.ts';
import type { TableProblem } from './problem.ts';
import { snapshots } from './snapshots.ts';
import { isId, meaning, text } from './values.ts';
import { diskSize } from './vmValues.ts';

const mode = meaning(
  text,
  (value, refuse) => {
    return /^[0-7]{4}$/.test(value) ? value : refuse('must be four octal digits', 'for example "0750"');
  },
  { name: 'mode', pattern: '^[0-7]{4}$' },
);

const owner = meaning(
  text,
  (value, refuse) => {
    const ids = value.split(':');
    if (ids.length === 2 && ids.every(isId)) return value;
    return refuse(
      'must be a user and a group as numbers',
      'for example "1000:1000"; `id -u NAME` prints the number',
    );
  },
  { name: 'owner', pattern: '^[0-9]+:[0-9]+$' },
);

/** A table `[volume.NAME]` as it is written. */
export const VolumeTable = z.strictObject({
  type: key(z.enum(['directory', 'qcow2', 'raw', 'btrfs', 'zfs']).default('directory'), {
    what: 'What it is. `directory`: a folder. `btrfs`, `zfs`: a subvolume or data set of that file system, where the data folder is on one. `qcow2`, `raw`: a file that is a disk of a machine.',
    change: 'replace',
    note: 'Its data is never deleted for that.',
    example: 'type = "qcow2"',
  }),
  size: key(diskSize.exactOptional(), {
    what: 'How much it holds at most. A disk needs one; it grows live and never shrinks.',
    unit: 'bytes',
    without: 'as much as there is room for',
    change: 'live',
    example: 'size = "10Gi"',
  }),
  mode: key(mode.exactOptional(), {
    what: "Permissions of the volume's top folder: four octal digits.",
    without: '0755',
    change: 'live',
    example: 'mode = "0750"',
  }),
  owner: key(owner.exactOptional(), {
    what: "Who owns the volume's top folder: `uid:gid`, numeric.",
    without: '0:0',
    change: 'live',
    note: 'Files in it keep their owners.',
    example: 'owner = "1000:1000"',
  }),
  snapshots: key(snapshots.exactOptional(), {
    what: 'Snapshots of it that are taken by themselves.',
    without: 'none',
    change: 'live',
    example: 'snapshots = { every = "1d", keep = 7 }',
  }),
  ...commonKeys,
});

type Table = z.output<typeof VolumeTable>;

/** A volume with its defaults filled in. Keys as in {@link VolumeTable}; the usual `type` is left out. */
export type VolumeSpec = Readonly<Omit<Table, keyof typeof commonKeys | 'type' | 'mode' | 'owner'>> & {
  readonly type?: Exclude<Table['type'], 'directory'>;
  readonly mode: string;
  readonly owner: string;
};

/** What does not fit together within one table; paths as within it. */
export function checkVolume(table: Table): readonly TableProblem[] {
  const { type, size } = table;
  if (!isDisk(type)) return [];
  const strange = (['mode', 'owner'] as const).filter((name) => table[name] !== undefined);
  const problems = strange.map((name): TableProblem => {
    const message = `${name} is that of a folder, and a volume of type ${type} is none`;
    return { code: 'schema.value', message, hint: 'leave it out', path: [name], involves: ['type'] };
  });
  if (size !== undefined) return problems;
  const message = `a volume of type ${type} needs the key size`;
  const hint = 'for example size = "10Gi"';
  return [
    ...problems,
    { code: 'schema.missing', message, hint, path: [], on: 'table', involves: ['type', 'size'] },
  ];
}

/** Whether it is a disk of a machine rather than a folder. */
export function isDisk(type: Table['type'] | undefined): type is 'qcow2' | 'raw' {
  return type === 'qcow2' || type === 'raw';
}

export function volumeSpec(written: Table): VolumeSpec {
  const { type, mode: permissions, owner: user, ...table } = ownOf(written);
  return {
    ...(type === 'directory' ? {} : { type }),
    mode: permissions ?? '0755',
    owner: user ?? '0:0',
    ...table,
  };
}
