import type { GpuSelection } from '../../schema/gpuSelection.ts';
import type { Unbuilt } from '../unbuilt.ts';

/** Parts of devices that their drivers make one by one: which there are differs from driver to driver. */
export function mediated(
  key: string,
  selections: true | readonly GpuSelection[] | undefined,
): readonly Unbuilt[] {
  if (selections === undefined || selections === true) return [];
  return selections.flatMap(({ mdev }, index) =>
    mdev === undefined
      ? []
      : [{ path: key, what: `mediated devices (\`${key}[${index}].mdev\`) are not built yet` }],
  );
}
