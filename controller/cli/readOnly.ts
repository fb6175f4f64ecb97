import type { Manifest } from '../../schema/manifest.ts';
import { sensitiveIn } from '../../schema/sensitive.ts';
import { openStateReader } from '../../stateStore/reader.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { createLocalView } from '../../reconcilers/host/local.ts';
import { makePlan } from '../../controller/plan/makePlan.ts';
import { type Known, lastApplied } from '../plan/known.ts';
import type { Plan } from '../plan/plan.ts';
import { pointedPlan } from '../plan/pointedPlan.ts';
import { type Survey, surveyToPlan } from '../plan/survey.ts';
import { ensureHostKey, readHostKey } from '../secrets/hostKey.ts';
import { scopeAt } from '../session.ts';
import type { LoadedProject } from './loadManifest.ts';
import type { Options } from './args.ts';
import { checkTargets, throughGroups } from './targets.ts';

/**
 * The plan as the host is now, worked out without a lock and without a write.
 * @param look how the host is read; with `survey` the plan says how it differs, and not what is made beside what
 */
export async function planReadOnly(
  { manifest, pointing }: LoadedProject,
  options: Options,
  look?: (view: HostView, manifest: Manifest) => Promise<Survey>,
): Promise<{ readonly plan: Plan; readonly surveyed: Survey }> {
  checkTargets(manifest, options.targets);
  await prepareKey(manifest, options);
  const view = createLocalView({ scope: scopeAt(options), project: manifest.project });
  const [known, terms] = [knownFrom(manifest, options), planOptions(options, manifest)];
  const surveyed = await (look?.(view, manifest) ?? surveyToPlan(view, manifest, known, terms));
  const plan = makePlan(manifest, surveyed, terms, known);
  return { plan: await pointedPlan(plan, pointing), surveyed };
}

function knownFrom({ project }: Manifest, options: Options): Known {
  const reader = openStateReader({ directory: options.stateDirectory });
  try {
    return lastApplied(reader, { scope: scopeAt(options).id, project });
  } finally {
    reader.close();
  }
}

/** So that hashes of secrets in a plan that is saved mean the same when it is run. */
async function prepareKey(manifest: Manifest, { out, stateDirectory }: Options): Promise<void> {
  if (readHostKey(stateDirectory) !== undefined || out === undefined) return;
  if (sensitiveIn(manifest.resources).length > 0) await ensureHostKey(stateDirectory);
}

export function planOptions({ targets, deleteVolumes }: Options, manifest: Manifest) {
  return { deleteVolumes, ...(targets === undefined ? {} : { targets: throughGroups(manifest, targets) }) };
}
