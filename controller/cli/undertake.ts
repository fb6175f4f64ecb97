import type { Manifest } from '../../schema/manifest.ts';
import type { Pointing } from '../../schema/pointing.ts';
import { applyPlan, finishLeaving } from '../apply/applyPlan.ts';
import type { Lease } from '../control/borrow.ts';
import { addGeneration } from '../generation.ts';
import type { ByHand } from '../loop/lending.ts';
import { makePlan, type PlanOptions } from '../plan/makePlan.ts';
import { type Known, lastApplied } from '../plan/known.ts';
import { hasChanges, type Plan } from '../plan/plan.ts';
import { pointedPlan } from '../plan/pointedPlan.ts';
import { type Survey, surveyToPlan } from '../plan/survey.ts';
import { planText } from '../render/planText.ts';
import { createProgress, type Progress } from '../render/progress.ts';
import { openSession, type Place, type Session } from '../session.ts';
import { exitCodes } from './exitCodes.ts';
import { findOwner } from './findOwner.ts';
import { type Interrupts, listenForInterrupts } from './interrupts.ts';
import type { Invocation } from './main.ts';
import { type RunReport, reportRun } from './runReport.ts';

/** A manifest that a host is to be made to look like, and on what terms. */
export interface Undertaking extends Pick<RunReport, 'texts' | 'verb'> {
  readonly manifest: Manifest;
  /** Undefined: the manifest is not from files that can be read again. */
  readonly pointing?: Pointing | undefined;
  /** What the NovaFile says, where that is not the manifest: everything is being destroyed. */
  readonly file?: Manifest | undefined;
  /** The commit that the manifest is from. */
  readonly commit?: string | undefined;
  readonly planOptions: PlanOptions;
  readonly place: Place;
  /** Looks at the plan before its first effect; throws when it must not run. */
  readonly agree: (proposal: Proposal) => void | Promise<void>;
}

export interface Proposal {
  readonly session: Session;
  readonly plan: Plan;
  readonly surveyed: Survey;
  readonly known: Known;
}

/** The whole path: lock, observe, plan, show, agree, run, report, remember. Resolves to the exit code. */
export async function undertake(invocation: Invocation, undertaking: Undertaking): Promise<number> {
  const { options, io } = invocation;
  const { manifest, planOptions } = undertaking;
  await using session = await openLocked(invocation, manifest, undertaking.place);
  const known = { ...lastApplied(session.store, session.owner), file: undertaking.file };
  const surveyed = await surveyToPlan(session.host.view(), manifest, known, planOptions);
  const plan = await pointedPlan(makePlan(manifest, surveyed, planOptions, known), undertaking.pointing);
  await undertaking.agree({ session, plan, surveyed, known });
  const { texts, verb } = undertaking;
  const report: RunReport = { io, json: options.json, texts, manifest, plan, verb };
  if (!hasChanges(plan)) {
    await finishLeaving(session, plan);
    return await settle(session, report, undertaking, new Map());
  }
  using run = startRun(invocation, session);
  const outcomes = await applyPlan(session, manifest, plan, surveyed, { ...options, ...run });
  run.progress.close();
  return await settle(session, report, undertaking, outcomes);
}

/** A session; where a controller owns the project, it has lent it, and is told what was done when it gets it back. */
export interface LockedSession extends Session {
  readonly note: (done: ByHand) => void;
}

/** The project, for this process alone. */
export async function openLocked(
  invocation: Invocation,
  manifest: Manifest,
  place: Place,
): Promise<LockedSession> {
  const lease = await leaseOf(place, manifest.project, invocation.options.lockTimeout);
  let done: ByHand | undefined;
  try {
    const session = await openUnlent(invocation, manifest, place);
    return {
      ...session,
      note: (what) => (done = what),
      async [Symbol.asyncDispose]() {
        await session[Symbol.asyncDispose]();
        await lease?.giveBack(done);
      },
    };
  } catch (error) {
    await lease?.giveBack(undefined);
    throw error;
  }
}

async function leaseOf(place: Place, project: string, timeout: number): Promise<Lease | undefined> {
  const owner = await findOwner(place, project);
  if (owner === undefined) return undefined;
  const { borrow } = await import('../control/borrow.ts');
  return borrow(place.stateDirectory, owner.name, timeout);
}

function openUnlent(invocation: Invocation, manifest: Manifest, place: Place): Promise<Session> {
  const { options, io } = invocation;
  return openSession(manifest, {
    ...place,
    lockTimeout: options.lockTimeout,
    command: invocation.commandLine,
    onWait: (owner) =>
      void io.err.write(`Waiting for ${owner} to finish with project ${manifest.project} …\n`),
    ...(invocation.openStore === undefined ? {} : { openStore: invocation.openStore }),
  });
}

/** What is shown while steps run, and Ctrl-C. */
export function startRun(
  { options, io }: Invocation,
  { host }: Session,
): Interrupts & { readonly progress: Progress } {
  const interrupts = listenForInterrupts(() =>
    io.err.write('Stopping after the steps in hand; Ctrl-C again gives them up.\n'),
  );
  const quiet = options.json ? { write: () => true } : io.err;
  const progress = createProgress(quiet, io.errStyle, () => host.clock.now());
  return {
    ...interrupts,
    progress,
    [Symbol.dispose]: () => {
      progress.close();
      interrupts[Symbol.dispose]();
    },
  };
}

export function showPlan({ options, io }: Invocation, plan: Plan): void {
  if (!options.json) io.out.write(planText(plan, io.style));
}

/** A whole project that came out well is a generation; of a destroyed one the history stays. */
async function settle(
  { store, owner, note }: LockedSession,
  report: RunReport,
  { commit, place }: Undertaking,
  outcomes: Parameters<typeof reportRun>[1],
): Promise<number> {
  const code = reportRun(report, outcomes);
  if (code !== exitCodes.done) return code;
  if (report.verb !== 'forget') note({ did: report.verb });
  if (report.verb === 'destroy') store.release(owner);
  else if (covers(report.plan, report.manifest))
    await addGeneration({ store, owner }, report.manifest, { commit, ...place });
  return code;
}

function covers(plan: Plan, manifest: Manifest): boolean {
  const planned = new Set(plan.resources.map(({ address }) => address));
  return manifest.resources.every(({ address }) => planned.has(address));
}
