import { randomUUID } from 'node:crypto';

import { type Issue, NovaError } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import { identityOf } from '../../reconcilers/identity.ts';
import { formerOf, withPast } from '../../reconcilers/past.ts';
import { registry } from '../../reconcilers/registry.ts';
import { prepareFoundation, removeEmptyTable, removeFoundation } from '../foundation.ts';
import { asLeft } from '../plan/ignored.ts';
import { dependenciesOf, type LastSeen } from '../plan/dependencies.ts';
import { lastSeenIn } from '../plan/lastSeen.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import type { Survey } from '../plan/survey.ts';
import type { Progress } from '../render/progress.ts';
import type { Session } from '../session.ts';
import type { Workplace } from './convergeResource.ts';
import { createJournal } from './journal.ts';
import { createObserver } from './observer.ts';
import { type Outcome, runPlan } from './runPlan.ts';

export interface ApplyOptions {
  readonly parallelism: number | undefined;
  readonly progress: Progress;
  /** Aborted by the first Ctrl-C: begin nothing more. */
  readonly stop: AbortSignal;
  /** Aborted by the second: give up the steps in hand. */
  readonly force: AbortSignal;
  /** Aborted when nobody waits any more for what was changed to work; default: `force`. */
  readonly waits?: AbortSignal;
  /** Attempts per resource before it counts as failed; default 3. */
  readonly maximumAttempts?: number;
}

/**
 * Runs a plan on the host of a session and records what came of it.
 * @throws NovaError before the first effect: `capability.missing`, `state.unwritable`, `host.full`
 */
export async function applyPlan(
  session: Session,
  manifest: Manifest,
  plan: Plan,
  surveyed: Survey,
  options: ApplyOptions,
): Promise<ReadonlyMap<Address, Outcome>> {
  const { store, owner } = session;
  const host = withPast(session.host, surveyed.past);
  await refuseMissing(session, manifest, plan);
  await prepareFoundation(host, store);
  recordInventory({ ...session, host }, plan);
  const outcomes = await run(session, manifest, plan, surveyed, options);
  const gone = plan.resources.filter(
    ({ action, address }) => (action === 'delete' || action === 'forget') && isReady(outcomes.get(address)),
  );
  const ready = plan.resources.filter(({ address }) => isReady(outcomes.get(address)));
  store.forget(owner, [
    ...gone.map(({ address }) => address),
    ...ready.flatMap(({ address }) => formerOf(host.scope, address)),
  ]);
  if (ownsNothing(plan, outcomes)) await removeFoundation(host, store);
  else if (gone.length > 0) await removeEmptyTable(host);
  return outcomes;
}

function run(session: Session, manifest: Manifest, plan: Plan, surveyed: Survey, options: ApplyOptions) {
  const place = createWorkplace(session, manifest, surveyed, options);
  const resources = new Map<Address, Resource>(
    manifest.resources.map((resource) => [resource.address, resource]),
  );
  return runPlan(plan, resources, place, options.progress, options);
}

/** Where the steps of one run are done. */
export function createWorkplace(
  session: Session,
  manifest: Manifest,
  surveyed: Survey,
  options: Pick<ApplyOptions, 'progress' | 'stop' | 'force' | 'waits'>,
): Workplace {
  const { store, owner } = session;
  const host = withPast(session.host, surveyed.past);
  const before = lastSeenIn(surveyed);
  const seen = new Map<Address, unknown>();
  const lastSeen: LastSeen = Object.assign(
    (address: Address) => (seen.has(address) ? seen.get(address) : before(address)),
    { others: before.others ?? [] },
  );
  return {
    host,
    observer: createObserver(host),
    journal: createJournal(store, owner, randomUUID()),
    deps: dependenciesOf(asLeft(manifest, lastSeen), lastSeen),
    force: options.force,
    waits: options.waits ?? options.force,
    stopping: () => options.stop.aborted,
    onPhase: options.progress.phase,
    remember: ({ address }, observed) => void seen.set(address, observed),
  };
}

/** Every tool and ability that the plan needs is asked for at once, before anything is changed. */
export async function refuseMissing({ host }: Session, manifest: Manifest, plan: Plan): Promise<void> {
  const changing = new Set(
    plan.resources.filter(({ steps }) => steps.length > 0).map(({ address }) => address),
  );
  const needed = manifest.resources
    .filter(({ address }) => changing.has(address))
    .flatMap(({ kind, spec }) => registry[kind].requires(spec));
  const missing = await host.missing([...new Set(needed)]);
  const [first] = missing;
  if (first === undefined) return;
  const message = missing.map(({ capability, why }) => `${capability}: ${why}`).join('; ');
  const hint = [...new Set(missing.map((each) => each.hint))].join('; ');
  throw new NovaError('capability.missing', `this machine lacks what the plan needs: ${message}`, { hint });
}

/** The row is there before the object is made. */
function recordInventory({ host, store, owner }: Session, plan: Plan): void {
  const made = plan.resources.filter(
    ({ action }) => action === 'create' || action === 'update' || action === 'replace',
  );
  const since = host.clock.now();
  const rows = made.map(({ address }) => ({
    address,
    identity: identityOf(host.scope, owner.project, address),
    since,
  }));
  if (rows.length > 0) store.record(owner, rows);
}

function ownsNothing(plan: Plan, outcomes: ReadonlyMap<Address, Outcome>): boolean {
  return plan.resources.every(({ action, address, problems }) => {
    return (
      (action === 'keep' && problems.length === 0) || (action === 'delete' && isReady(outcomes.get(address)))
    );
  });
}

/** A run that was cut off after its last step may have left what the project stood on. */
export async function finishLeaving({ host, store }: Session, plan: Plan): Promise<void> {
  if (ownsNothing(plan, new Map())) await removeFoundation(host, store);
}

function isReady(outcome: Outcome | undefined): boolean {
  return outcome?.state === 'ready';
}

/** What went wrong, each with the place of its resource in the NovaFile. What was only blocked says by what. */
export function issuesOf(
  manifest: Manifest,
  plan: Plan,
  outcomes: ReadonlyMap<Address, Outcome>,
): readonly Issue[] {
  const places = new Map(manifest.resources.map(({ address, at }) => [address, at]));
  return plan.resources.flatMap((planned: PlannedResource): readonly Issue[] => {
    const outcome = outcomes.get(planned.address);
    if (planned.problems.length > 0) return planned.problems;
    if (outcome?.state !== 'stalled') return [];
    const at = outcome.error.at ?? places.get(planned.address);
    const { code, hint } = outcome.error;
    const message = outcome.error.message.startsWith(planned.address)
      ? outcome.error.message
      : `${planned.address}: ${outcome.error.message}`;
    return [{ code, message, ...(hint === undefined ? {} : { hint }), ...(at === undefined ? {} : { at }) }];
  });
}
