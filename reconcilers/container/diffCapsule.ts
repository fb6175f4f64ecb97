import { formatCapsule, imageOf } from '../../schema/capsule.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import type { ContainerSeen } from './seen.ts';
import { type ContainerStep, step } from './step.ts';

/**
 * Pure: what is seen of a container, with the image that its capsule has when all before it is done; undefined when that
 * image is yet to be made, and is not the one that the container was made on.
 */
export function settled(
  { spec }: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): ContainerSeen | undefined {
  const coming = comingRoot(spec.capsule, deps);
  if (coming === pulling) return undefined;
  if (coming === undefined || coming === seen.image?.lower) return seen;
  return coming === seen.before?.lower ? { ...seen, image: seen.before } : undefined;
}

/** Pure: whether an image is yet to be pulled, which may come out as any, also as the one that the capsule was made on. */
export function isOpen({ spec }: Resource<'container'>, deps: Dependencies): boolean {
  return comingRoot(spec.capsule, deps) === pulling;
}

/** Pure: what an image that is yet to be made will ask of the capsule that it is for. */
export function diffComing(
  { spec }: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
): readonly ContainerStep[] {
  const { upperOf, busy } = seen;
  const other = upperOf !== undefined;
  const reason = other
    ? 'its capsule becomes another one, and what it wrote belongs to the old one'
    : 'it has no root';
  const coming = comingRoot(spec.capsule, deps);
  const after = coming === pulling ? formatCapsule(spec.capsule) : coming;
  const change = { path: 'capsule', before: upperOf, after };
  return [
    step('root', reason, [change], { effect: other ? 'replace' : 'live' }),
    reconfigure({ busy: busy && other }),
  ];
}

/** Pure: what another image says of how to run it is only known when it is there, so it is configured in any case. */
export function reconfigure(
  { busy }: Pick<ContainerSeen, 'busy'>,
  fields: readonly FieldChange[] = [],
): ContainerStep {
  const reason = 'its capsule may say otherwise how to run it';
  return step('bundle', reason, fields, { effect: busy ? 'restart' : 'live' });
}

/** An image is yet to be pulled, and nobody knows what it will be. */
const pulling = Symbol('pulling');

/** The folder that an image gives to capsules; undefined for folders of the host, or when nothing is known of it. */
function comingRoot(
  capsule: Resource<'container'>['spec']['capsule'],
  deps: Dependencies,
): string | undefined | typeof pulling {
  const image = imageOf(capsule);
  if (image === undefined) return undefined;
  const { root, path, pulling: asked } = deps.outputs(`image.${image}`) ?? {};
  if (asked !== undefined) return pulling;
  const coming = root ?? path;
  return coming === undefined ? undefined : String(coming);
}
