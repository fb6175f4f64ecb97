import { NovaError } from '../../schema/errors.ts';
import { surveyedFacts } from './facts.ts';
import { hashOf } from './hash.ts';
import type { Plan } from './plan.ts';
import type { SavedPlan } from './savedPlan.ts';
import { differencesOf, staleError } from './stale.ts';
import type { Survey } from './survey.ts';

const hint = 'save a new plan with `nova plan -o FILE`, and look at it';

/**
 * A saved plan is run only if planning now comes to the very same: the host is as it was in every field that the plan
 * was made from, and the steps are the same ones.
 * @param now the plan of the saved manifest as the host is now
 * @throws NovaError `plan.stale`, naming what changed
 */
export function refuseStalePlan(saved: SavedPlan, now: Plan, surveyed: Survey): void {
  if (now.hash === saved.plan_hash) return;
  const before = new Map(saved.resources.map(({ address, facts }) => [address, facts]));
  const differences = differencesOf(before, surveyedFacts(now, surveyed));
  if (differences.length > 0) throw staleError(differences, 'the plan was saved', hint);
  const planned = new Map(saved.resources.map(({ address, steps }) => [address, steps]));
  const other = now.resources.find(({ address, steps }) => hashOf(planned.get(address)) !== hashOf(steps));
  const what = other === undefined ? 'the plan' : `the steps for ${other.address}`;
  throw new NovaError('plan.stale', `${what} would be different ones today, although the host is as it was`, {
    hint,
  });
}
