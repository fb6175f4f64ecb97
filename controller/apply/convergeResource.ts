import { NovaError, toNovaError } from '../../schema/errors.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { Host } from '../../reconcilers/host/host.ts';
import type { Dependencies, Observation, Step } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import type { PlannedResource } from '../plan/plan.ts';
import { seenOf } from '../plan/lastSeen.ts';
import { diffOf } from '../plan/ignored.ts';
import { standingProblems } from '../plan/obstacles.ts';
import type { Journal } from './journal.ts';
import type { Found, Observer, Waiting } from './observer.ts';

/** Everything that one resource's way to ready needs. */
export interface Workplace {
  readonly host: Host;
  readonly observer: Observer;
  readonly journal: Journal;
  readonly deps: Dependencies;
  /** Aborted by a second Ctrl-C: gives up the step in hand. */
  readonly force: AbortSignal;
  /** Gives up waiting until it works. */
  readonly waits: AbortSignal;
  /** True after the first Ctrl-C: no further step begins. */
  readonly stopping: () => boolean;
  /** What it is at now, in a word or two: the id of a step, or what comes after the last one. */
  readonly onPhase: (planned: PlannedResource, phase: string) => void;
  /** What was seen last, for whoever refers to this resource. */
  readonly remember: (planned: PlannedResource, seen: unknown) => void;
}

/**
 * Observes again, then runs those of the planned steps that are still needed.
 * @param waiting its place in the line: what was seen while it waited need not be looked at again
 */
export async function convergeResource(
  place: Workplace,
  planned: PlannedResource,
  resource: Resource | undefined,
  waiting: Waiting,
): Promise<void> {
  const { seen, wanted, steps } = needed(place, planned, resource, await waiting.takeTurn());
  refuseUnplanned(planned, steps);
  await place.observer.during(async () => {
    let last: Ran | undefined;
    for (const step of steps) last = await runStep(place, planned, { step, resource: wanted, seen }, last);
    await last?.written;
  });
}

/** A step that is done. */
interface Ran {
  /** Resolves when its outcome is durable. */
  readonly written: Promise<void>;
}

/**
 * One step: its intent is journalled, then it runs, then its outcome is journalled: together with the next intent,
 * where one follows.
 * @param before the step before it
 */
export async function runStep(
  place: Workplace,
  planned: PlannedResource,
  {
    step,
    resource,
    seen,
  }: { readonly step: Step; readonly resource: Resource | undefined; readonly seen: unknown },
  before?: Ran,
): Promise<Ran> {
  const { address, kind } = planned;
  if (place.stopping()) {
    await before?.written;
    throw new NovaError('interrupted', `${address}: interrupted before step ${step.id}`);
  }
  place.onPhase(planned, step.id);
  const [id] = await Promise.all([place.journal.begin(address, step.id), before?.written]);
  try {
    await registry[kind].converge(
      place.host,
      { address, step, resource, seen, deps: place.deps },
      place.force,
    );
  } catch (error) {
    await place.journal.end(id, 'failed', toNovaError(error).message);
    throw error;
  }
  return { written: place.journal.end(id, 'done') };
}

/** Observes once more: nothing may be left to do, and it must work. */
export async function verifyResource(
  place: Workplace,
  planned: PlannedResource,
  resource: Resource | undefined,
): Promise<void> {
  place.onPhase(planned, 'checking');
  const { seen, steps } = needed(place, planned, resource, await place.observer.look(planned, resource));
  const [left] = steps;
  if (left !== undefined) {
    const hint = 'something else on this host is changing it; `nova drift` shows what differs';
    throw new NovaError('resource.unready', `${planned.address} is not as planned: ${left.reason}`, { hint });
  }
  place.remember(planned, seen);
  if (resource !== undefined && seen !== undefined) await requireReady(place, planned, resource, seen);
}

/**
 * Whether it works, as it was seen.
 * @throws NovaError `resource.unready`, or what its kind calls it
 */
export async function requireReady(
  place: Workplace,
  planned: PlannedResource,
  resource: Resource,
  seen: unknown,
): Promise<void> {
  const readiness = await registry[planned.kind].ready(place.host, resource, seen, place.deps, place.waits);
  if (readiness.ready) return;
  const why = readiness.why ?? 'no reason was given';
  throw new NovaError(readiness.code ?? 'resource.unready', `${planned.address} is not ready: ${why}`);
}

/** What is seen, and the steps that it needs. */
function needed(
  place: Workplace,
  planned: PlannedResource,
  resource: Resource | undefined,
  found: Found,
): { seen: unknown; wanted: Resource | undefined; steps: readonly Step[] } {
  const { address, kind } = planned;
  const { deps } = place;
  const seen = 'wanted' in found ? seenOf(usable(planned, found.wanted, deps)) : found.stray;
  if (resource !== undefined) {
    const left = diffOf(resource, seen, deps);
    return { seen, wanted: left.resource, steps: left.steps };
  }
  if (seen === undefined) return { seen, wanted: undefined, steps: [] };
  const gone =
    planned.action === 'forget'
      ? registry[kind].forget(seen)
      : registry[kind].diff({ address, resource, seen, deps });
  return { seen, wanted: undefined, steps: gone };
}

function usable(
  planned: PlannedResource,
  observation: Observation<unknown>,
  deps: Dependencies,
): Observation<unknown> {
  if (observation.status === 'unknown') {
    throw new NovaError('host.unknown', `${planned.address} cannot be read: ${observation.why}`);
  }
  if (observation.status === 'foreign') throw stale(planned, observation.why);
  const [problem] = standingProblems(observation, deps);
  if (problem !== undefined)
    throw new NovaError(problem.code, problem.message, { at: problem.at, hint: problem.hint });
  return observation;
}

/** Observing again may make planned steps unnecessary; it never adds one. */
function refuseUnplanned(planned: PlannedResource, steps: readonly Step[]): void {
  const expected = new Set(planned.steps.map((step) => step.id));
  const extra = steps.find((step) => !expected.has(step.id));
  if (extra === undefined) return;
  const fields = extra.changes.map(({ path }) => path).join(', ');
  throw stale(planned, fields === '' ? extra.reason : `${fields}: ${extra.reason}`);
}

function stale(planned: PlannedResource, what: string): NovaError {
  return new NovaError('plan.stale', `${planned.address} changed after it was planned (${what})`, {
    hint: 'plan again to see what is needed now',
  });
}
