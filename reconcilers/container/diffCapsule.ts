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
  { from, upperOf, root, busy, scope }: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] | undefined {
  if (spec.capsule.type !== 'image') return undefined;
  const { path, format } = deps.outputs(`image.${spec.capsule.name}`) ?? {};
  if (typeof path !== 'string' || path === from) return undefined;
  const unpacked = format === 'oci' && upperOf?.startsWith(`${scope.roots}/`) === true;
  const back = from === undefined && (upperOf === path || unpacked) && root !== undefined;
  const other = upperOf !== undefined && upperOf !== path && !back;
  const reason = other
    ? 'its capsule becomes another one, and what it wrote belongs to the old one'
    : 'it has no root';
  const change = { path: 'capsule', before: upperOf, after: path };
  const effect = busy && (other || back) ? 'restart' : 'live';
  return [
    ...(back ? [] : [step('root', reason, [change], { effect: other ? 'replace' : 'live' })]),
    step('bundle', 'its capsule may say otherwise how to run it', [], { effect }),
    ...(back ? [step('limits', 'its limits are looked at anew with it')] : []),
  ];
}
