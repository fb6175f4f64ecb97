import { z } from 'zod';

import { key } from './key.ts';
import { meaning, text } from './values.ts';

/** A device that something is given: the whole of it, or a part. */
export interface GpuSelection {
  /** Of the `[gpu.NAME]`. */
  readonly name: string;
  /** Number of the virtual function, from 0. */
  readonly vf?: number;
  /** Type of the mediated device. */
  readonly mdev?: string;
}

/** `"card"`, `{ name = "card", vf = 0 }` or `{ name = "card", mdev = "nvidia-63" }`. */
export const gpuSelection = meaning(
  z.union([
    text.transform((name) => ({ name })),
    z.strictObject({
      name: key(text, { what: 'The `[gpu.NAME]`.', example: 'gpus = [{ name = "card", vf = 0 }]' }),
      vf: key(z.int().min(0).max(255).exactOptional(), {
        what: 'A virtual function of it, counted from 0; see `sriov_vfs`.',
        without: 'the whole device',
        example: 'gpus = [{ name = "card", vf = 0 }]',
      }),
      mdev: key(text.exactOptional(), {
        what: 'A mediated device of this type, which is made for it; `/sys/class/mdev_bus` lists the types of each device.',
        without: 'the whole device',
        example: 'gpus = [{ name = "card", mdev = "nvidia-63" }]',
      }),
    }),
  ]),
  (value: GpuSelection, refuse): GpuSelection => {
    if (value.vf === undefined || value.mdev === undefined) return value;
    return refuse('names a virtual function and a mediated device', 'leave out vf or mdev');
  },
);

/** As the NovaFile writes it. */
export function presentSelection(selection: GpuSelection): string | GpuSelection {
  return selection.vf === undefined && selection.mdev === undefined ? selection.name : selection;
}
