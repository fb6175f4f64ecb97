import { NovaError } from '../../../schema/errors.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import { applyPlan, finishLeaving } from '../../apply/applyPlan.ts';
import { makePlan } from '../../plan/makePlan.ts';
import { hasChanges, type Plan } from '../../plan/plan.ts';
import { survey } from '../../plan/survey.ts';
import { planText } from '../../render/planText.ts';
import { createProgress } from '../../render/progress.ts';
import { openSession, type Session } from '../../session.ts';
import { consent } from '../consent.ts';
import { exitCodes } from '../exitCodes.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { loadManifest, type LoadedProject } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { planOptions } from '../readOnly.ts';
import { type RunReport, reportRun } from '../runReport.ts';
import { checkTargets } from '../targets.ts';

/** Makes the host look like the NovaFile, after showing the plan and asking. */
export async function apply(invocation: Invocation): Promise<number> {
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  checkTargets(project.manifest, invocation.options.targets);
  return converge(invocation, project, project.manifest, 'apply');
}

/** Takes away everything that the project owns: the same way, for an empty manifest. */
export async function destroy(invocation: Invocation): Promise<number> {
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  return converge(invocation, project, { ...project.manifest, resources: [] }, 'destroy');
}

async function converge(
  invocation: Invocation,
  project: LoadedProject,
  manifest: Manifest,
  verb: 'apply' | 'destroy',
): Promise<number> {
  const { options, io } = invocation;
  await using session = await openSession(manifest, {
    ...options,
    command: invocation.commandLine,
    onWait: (owner) =>
      void io.err.write(`Waiting for ${owner} to finish with project ${manifest.project} …\n`),
    ...(invocation.openStore === undefined ? {} : { openStore: invocation.openStore }),
  });
  const surveyed = await survey(session.host.view(), manifest);
  const plan = makePlan(manifest, surveyed, planOptions(options));
  if (!options.json) io.out.write(planText(plan, io.style));
  const report: RunReport = { io, json: options.json, project, manifest, plan, verb };
  if (!hasChanges(plan)) {
    await finishLeaving(session, plan);
    return settle(session, report, new Map());
  }
  if (await consent(io, options, plan, verb)) await refuseStale(session, manifest, plan, invocation);
  using interrupts = listenForInterrupts(() =>
    io.err.write('Stopping after the steps in hand; Ctrl-C again gives them up.\n'),
  );
  const quiet = options.json ? { write: () => true } : io.err;
  const progress = createProgress(quiet, io.errStyle, () => session.host.clock.now());
  try {
    const outcomes = await applyPlan(session, manifest, plan, surveyed, {
      ...options,
      ...interrupts,
      progress,
    });
    progress.close();
    return settle(session, report, outcomes);
  } finally {
    progress.close();
  }
}

/** A whole project that came out well is a generation; of a destroyed one the history stays. */
function settle(session: Session, report: RunReport, outcomes: Parameters<typeof reportRun>[1]): number {
  const { store, owner } = session;
  const code = reportRun(report, outcomes);
  if (code !== exitCodes.done) return code;
  if (report.verb === 'destroy') store.release(owner);
  else if (covers(report.plan, report.manifest)) store.addGeneration(owner, JSON.stringify(report.manifest));
  return code;
}

function covers(plan: Plan, manifest: Manifest): boolean {
  const planned = new Set(plan.resources.map(({ address }) => address));
  return manifest.resources.every(({ address }) => planned.has(address));
}

/** While a person was thinking the host may have moved. */
async function refuseStale(
  session: Session,
  manifest: Manifest,
  plan: Plan,
  { options }: Invocation,
): Promise<void> {
  const now = makePlan(manifest, await survey(session.host.view(), manifest), planOptions(options));
  if (now.hash === plan.hash) return;
  const before = new Map(plan.resources.map((resource) => [resource.address, resource.fingerprint]));
  const moved = now.resources.filter(({ address, fingerprint }) => before.get(address) !== fingerprint);
  const names = moved.map(({ address }) => address).join(', ');
  throw new NovaError('plan.stale', `the host changed after the plan was shown: ${names}`, {
    hint: 'run it again',
  });
}
