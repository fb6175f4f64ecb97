import { z } from 'zod';

import { commonKeys, ownOf } from './common.ts';
import { isId, meaning, text } from './values.ts';

const mode = meaning(text, (value, refuse) => {
  return /^[0-7]{4}$/.test(value) ? value : refuse('must be four octal digits', 'for example "0750"');
});

const owner = meaning(text, (value, refuse) => {
  const ids = value.split(':');
  if (ids.length === 2 && ids.every(isId)) return value;
  return refuse(
    'must be a user and a group as numbers',
    'for example "1000:1000"; `id -u NAME` prints the number',
  );
});

/** A table `[volume.NAME]` as it is written. */
export const VolumeTable = z.strictObject({
  /** Permissions of the volume's top folder: four octal digits; default `0755`. Changing it is live. */
  mode: mode.default('0755'),
  /** Who owns the volume's top folder: `uid:gid`, numeric; default `0:0`. Changing it is live; files in it keep theirs. */
  owner: owner.default('0:0'),
  ...commonKeys,
});

type Table = z.output<typeof VolumeTable>;

/** A volume with its defaults filled in. Keys as in {@link VolumeTable}. */
export type VolumeSpec = Readonly<Omit<Table, keyof typeof commonKeys>>;

export function volumeSpec(table: Table): VolumeSpec {
  return ownOf(table);
}
