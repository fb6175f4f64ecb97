import { lastApplied } from '../plan/known.ts';
import { makePlan } from '../plan/makePlan.ts';
import type { Plan } from '../plan/plan.ts';
import { type Survey, surveyToPlan } from '../plan/survey.ts';
import type { Session } from '../session.ts';
import type { Danger } from './assess.ts';
import type { Target } from './target.ts';

/** The host as it is now, and what would make it as a target says. */
export async function look(
  { host, store, owner }: Session,
  { manifest }: Target,
): Promise<{ plan: Plan; surveyed: Survey }> {
  const known = lastApplied(store, owner);
  const surveyed = await surveyToPlan(host.view(), manifest, known);
  return { plan: makePlan(manifest, surveyed, {}, known), surveyed };
}

/** What is enforced, and what of it a person has to agree to first. */
export interface Choice {
  readonly chosen: Target;
  readonly plan: Plan;
  readonly surveyed: Survey;
  readonly withheld: readonly Danger[];
}
