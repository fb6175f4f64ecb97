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
  if (coming === undefined || coming === seen.image?.lower) return seen;
  return coming === seen.before?.lower ? { ...seen, image: seen.before } : undefined;
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
  const change = { path: 'capsule', before: upperOf, after: comingRoot(spec.capsule, deps) };
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

/** The folder that a declared image gives to capsules; undefined for other capsules, or when it is not known. */
function comingRoot(
  capsule: Resource<'container'>['spec']['capsule'],
  deps: Dependencies,
): string | undefined {
  if (capsule.type !== 'image') return undefined;
  const { root, path } = deps.outputs(`image.${capsule.name}`) ?? {};
  const coming = root ?? path;
  return coming === undefined ? undefined : String(coming);
}
