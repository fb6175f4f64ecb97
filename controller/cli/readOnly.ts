import { createLocalView } from '../../reconcilers/host/local.ts';
import { makePlan } from '../../controller/plan/makePlan.ts';
import type { Plan } from '../plan/plan.ts';
import { type Survey, survey } from '../plan/survey.ts';
import { scopeAt } from '../session.ts';
import type { LoadedProject } from './loadManifest.ts';
import type { Options } from './args.ts';
import { checkTargets } from './targets.ts';

/** The plan as the host is now, worked out without a lock and without a write. */
export async function planReadOnly(
  { manifest }: LoadedProject,
  options: Options,
): Promise<{ readonly plan: Plan; readonly surveyed: Survey }> {
  checkTargets(manifest, options.targets);
  const view = createLocalView({ scope: scopeAt(options), project: manifest.project });
  const surveyed = await survey(view, manifest);
  return { plan: makePlan(manifest, surveyed, planOptions(options)), surveyed };
}

export function planOptions({ targets, deleteVolumes }: Options) {
  return { deleteVolumes, ...(targets === undefined ? {} : { targets }) };
}
