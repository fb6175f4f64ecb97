import { policyOf } from '../../schema/common.ts';
import type { Issue } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import type { Observation, Step } from '../../reconcilers/reconciler.ts';
import { isAsApplied, type Known } from './known.ts';
import type { Held, PlannedResource } from './plan.ts';

/**
 * Pure: with `drift = "warn"` or `"ignore"` a resource is left as the host has it, as long as its table says what it
 * said when it was applied last, and nobody names it with `--target`. Where no generation tells what was applied, what is
 * there counts as drift, and what is not there is made.
 */
export function heldBack(
  resource: Resource,
  observation: Observation<unknown>,
  steps: readonly Step[],
  { targets, known }: { readonly targets: readonly Address[] | undefined; readonly known: Known },
): Held | undefined {
  const { drift: policy } = policyOf(resource);
  if (policy === 'enforce' || steps.length === 0) return undefined;
  if (targets?.includes(resource.address) === true) return undefined;
  // A new name is the NovaFile's doing.
  if (steps.some(({ id }) => id === 'moved')) return undefined;
  const held = isAsApplied(known, resource) ?? observation.status !== 'absent';
  return held ? { policy, steps } : undefined;
}

type Unordered = Omit<PlannedResource, 'waitsFor'>;

/** What has something to do and stands on what is not there and stays so cannot be done. */
export function withoutGround(resources: readonly Unordered[], manifest: Manifest): readonly Unordered[] {
  const missing = new Set(
    resources.flatMap(({ address, held }) =>
      held !== undefined && held.steps.some((step) => step.class === 'missing') ? [address] : [],
    ),
  );
  if (missing.size === 0) return resources;
  const declared = new Map(manifest.resources.map((resource) => [resource.address, resource]));
  return resources.map((planned) => {
    const { address, steps, problems } = planned;
    const resource = declared.get(address);
    const ground = resource?.dependsOn.find((other) => missing.has(other));
    if (resource === undefined || ground === undefined || steps.length === 0) return planned;
    return {
      ...planned,
      action: 'no-op',
      steps: [],
      problems: [...problems, groundMissing(resource, ground)],
    };
  });
}

function groundMissing({ address, at }: Resource, ground: Address): Issue {
  return {
    code: 'resource.held',
    message: `${address} needs ${ground}, which is not whole and is left so by its drift policy`,
    hint: `repair that by naming it: nova apply --target ${ground}`,
    at,
  };
}
