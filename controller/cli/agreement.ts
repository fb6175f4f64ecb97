import type { Manifest } from '../../schema/manifest.ts';
import { surveyedFacts } from '../plan/facts.ts';
import { makePlan, type PlanOptions } from '../plan/makePlan.ts';
import { hasChanges } from '../plan/plan.ts';
import { differencesOf, staleError } from '../plan/stale.ts';
import { surveyToPlan } from '../plan/survey.ts';
import { consent } from './consent.ts';
import type { Invocation } from './main.ts';
import { type Proposal, showPlan, type Undertaking } from './undertake.ts';

/** The plan is shown and agreed to by whoever is at the terminal, unless `--yes` was given. */
export function agreement(
  invocation: Invocation,
  manifest: Manifest,
  options: PlanOptions,
  verb: Undertaking['verb'],
): Undertaking['agree'] {
  return async (proposal) => {
    const { plan } = proposal;
    showPlan(invocation, plan);
    if (!hasChanges(plan)) return;
    if (await consent(invocation.io, invocation.options, plan, verb))
      await refuseMoved(proposal, manifest, options);
  };
}

/** While a person was thinking the host may have moved. */
async function refuseMoved(
  { session, plan, surveyed, known }: Proposal,
  manifest: Manifest,
  options: PlanOptions,
): Promise<void> {
  const later = await surveyToPlan(session.host.view(), manifest, known, options);
  const now = makePlan(manifest, later, options, known);
  if (now.hash === plan.hash) return;
  const differences = differencesOf(surveyedFacts(plan, surveyed), surveyedFacts(now, later));
  throw staleError(differences, 'the plan was shown', 'run it again');
}
