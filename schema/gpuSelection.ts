import { z } from 'zod';

import { key } from './key.ts';
import { meaning, nameOf, text } from './values.ts';

/** A device that something is given: the whole of it, or a part. */
export interface GpuSelection {
  /** Of the `[gpu.NAME]`. */
  readonly name: string;
  /** Number of the virtual function, from 0. */
  readonly vf?: number;
  /** Type of the mediated device. */
  readonly mdev?: string;
}

/** `name` is the key that it is for. `"card"`, `{ name = "card", vf = 0 }` or `{ name = "card", mdev = "nvidia-63" }`. */
export function gpuSelection(name: string) {
  return meaning(
    z.union([
      text.transform((name) => ({ name })),
      z.strictObject({
        name: key(nameOf('gpu'), {
          what: 'The `[gpu.NAME]`.',
          example: `${name} = [{ name = "card", vf = 0 }]`,
        }),
        vf: key(z.int().min(0).max(255).exactOptional(), {
          what: 'A virtual function of it, counted from 0; see `sriov_vfs`.',
          without: 'the whole device',
          example: `${name} = [{ name = "card", vf = 0 }]`,
        }),
        mdev: key(nameOf('type').exactOptional(), {
          what: 'A mediated device of this type, which is made for it; `/sys/class/mdev_bus` lists the types of each device.',
          without: 'the whole device',
          example: `${name} = [{ name = "card", mdev = "nvidia-63" }]`,
        }),
      }),
    ]),
    (value: GpuSelection, refuse): GpuSelection => {
      if (value.vf === undefined || value.mdev === undefined) return value;
      return refuse('names a virtual function and a mediated device', 'leave out vf or mdev');
    },
  );
}

/** As the NovaFile writes it. */
export function presentSelection(selection: GpuSelection): string | GpuSelection {
  return selection.vf === undefined && selection.mdev === undefined ? selection.name : selection;
}
