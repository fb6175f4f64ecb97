import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies } from '../reconciler.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step } from './step.ts';

/**
 * Pure: what an image that is about to be made, or made anew, will ask of the capsule that it is for. What the new one
 * says of how to run it is only known then, so the configuration may stay as it is. Undefined: it is there already.
 */
export function diffComing(
  { spec }: Resource<'container'>,
  { from, upperOf, root, busy }: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] | undefined {
  if (spec.capsule.type !== 'image') return undefined;
  const { path, format } = deps.outputs(`image.${spec.capsule.name}`) ?? {};
  if (typeof path !== 'string' || path === from) return undefined;
  // It comes back as it was: of a layout the root that was unpacked has another path.
  const same = from === undefined && (upperOf === path || format === 'oci');
  if (same && root !== undefined) return undefined;
  const other = upperOf !== undefined && !same;
  const reason = other
    ? 'its capsule becomes another one, and what it wrote belongs to the old one'
    : 'it has no root';
  return [
    step('root', reason, [{ path: 'capsule', before: upperOf, after: path }], {
      effect: other ? 'replace' : 'live',
    }),
    step('bundle', 'its capsule may say otherwise how to run it', [], {
      effect: busy && other ? 'restart' : 'live',
    }),
  ];
}
