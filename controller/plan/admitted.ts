import { policyOf } from '../../schema/common.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { Observation } from '../../reconcilers/reconciler.ts';

/** Pure: with `adopt = true` what is in the place and not Nova's counts as there, to be taken over. */
export function admitted(observation: Observation<unknown>, resource: Resource): Observation<unknown> {
  if (observation.status !== 'foreign' || observation.adoptable === undefined) return observation;
  if (!policyOf(resource).adopt) return observation;
  const { adoptable: seen, problems } = observation;
  return { status: 'present', seen, ...(problems === undefined ? {} : { problems }) };
}
