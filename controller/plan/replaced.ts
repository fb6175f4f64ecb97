import type { PlannedResource } from './plan.ts';
import type { Survey } from './survey.ts';

type Unordered = Omit<PlannedResource, 'waitsFor'>;

/**
 * Pure: what is made beside another one, and what that other one is. That goes only when what takes its place can be made;
 * otherwise all stays as it is.
 */
export function withReplaced(
  resources: readonly Unordered[],
  { replaced, beside }: Survey,
): readonly Unordered[] {
  if (replaced === undefined || replaced.size === 0) return resources;
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const newest = new Map([...replaced].toReversed().map(([old, name]) => [name, old]));
  return resources.map((resource): Unordered => {
    const { address } = resource;
    const replacedBy = replaced.get(address);
    if (replacedBy !== undefined)
      return goingAfter(resource, byAddress.get(replacedBy), beside?.has(replacedBy) === true);
    const old = newest.get(address);
    const reason = beside?.get(address);
    return old === undefined || reason === undefined
      ? resource
      : { ...resource, drift: resource.drift && 'changed', replaces: { address: old, reason } };
  });
}

/** @param planned it is only now to be replaced: nothing of it is left over */
function goingAfter(old: Unordered, by: Unordered | undefined, planned: boolean): Unordered {
  if (by === undefined) return old;
  const replacedBy = by.address;
  if (by.problems.length === 0 && by.held === undefined)
    return { ...old, drift: planned ? undefined : old.drift, replacedBy };
  const kept = `${replacedBy} does not take its place`;
  return { ...old, action: 'keep', steps: [], drift: undefined, kept, replacedBy };
}
