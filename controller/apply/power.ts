import { NovaError } from '../../schema/errors.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { Power, Step } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import { effectOf } from '../plan/changes.ts';
import { seenOf } from '../plan/lastSeen.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import { runStep, verifyResource, type Workplace } from './convergeResource.ts';
import { type RunEvents, runPlan } from './runPlan.ts';

/** One that can be stopped and started, with what is planned for it. */
export interface Powered {
  readonly planned: PlannedResource;
  readonly resource: Resource;
}

/** The whole plan of which a piece is run, and who watches. */
export interface PowerRun {
  readonly plan: Plan;
  readonly progress: Pick<RunEvents, 'retrying'>;
  readonly stop: AbortSignal;
}

const stopStep: Step = {
  id: 'stop',
  effect: 'restart',
  reason: 'it was asked for',
  class: 'stopped',
  changes: [],
};
const startStep: Step = {
  id: 'start',
  effect: 'live',
  reason: 'it was asked for',
  class: 'stopped',
  changes: [],
};

/**
 * Stops it with the same step with which a run stops it, so that its restart policy does not start it again. What does
 * not run is left as it is: how it ended still counts.
 * @returns whether there was anything to do
 * @throws NovaError `host.unknown`, `host.foreign`, `resource.unready`, and whatever the step throws
 */
export async function stopResource(place: Workplace, { planned, resource }: Powered): Promise<boolean> {
  const seen = await present(place, resource);
  if (powerOf(planned, seen) === 'off') return false;
  await (
    await runStep(place, planned, { step: stopStep, resource, seen })
  ).written;
  const after = await present(place, resource);
  if (powerOf(planned, after) === 'off') return true;
  const state = registry[planned.kind].describe(after).state;
  throw new NovaError('resource.unready', `${planned.address} was stopped and is ${state}`, {
    hint: 'see it with `nova ls`',
  });
}

/**
 * Starts it as the NovaFile says it, and waits until it is ready. What has ended as it was meant to is run again.
 * @returns whether there was anything to do
 * @throws NovaError as {@link stopResource}
 */
export async function startResource(place: Workplace, powered: Powered, run: PowerRun): Promise<boolean> {
  const { planned, resource } = powered;
  const seen = await present(place, resource);
  if (powerOf(planned, seen) === 'on') return false;
  if (planned.steps.length > 0) await runPlanned(place, powered, run);
  if (planned.steps.some(({ id }) => id === 'start' || id === 'resume')) return true;
  await (
    await runStep(place, planned, { step: startStep, resource, seen })
  ).written;
  await verifyResource(place, planned, resource);
  return true;
}

/** What is planned for it alone, with what a run does when something fails. */
async function runPlanned(place: Workplace, { planned, resource }: Powered, run: PowerRun): Promise<void> {
  const alone: Plan = { ...run.plan, resources: [{ ...planned, waitsFor: [] }] };
  const nothing = (): void => undefined;
  const events = { begun: nothing, settled: nothing, retrying: run.progress.retrying };
  const outcomes = await runPlan(alone, new Map([[planned.address, resource]]), place, events, run);
  const outcome = outcomes.get(planned.address);
  if (outcome?.state === 'stalled') throw outcome.error;
  if (outcome?.state === 'interrupted') throw new NovaError('interrupted', `${planned.address}: interrupted`);
}

function powerOf({ kind }: PlannedResource, seen: unknown): Power {
  return seen === undefined ? 'off' : (registry[kind].power?.(seen) ?? 'off');
}

/**
 * What `start` does not do without the plan being looked at: make the resource, or what it needs, or replace it.
 * @throws NovaError `plan.declined`, or why it cannot be planned
 */
export function refuseStart({ planned, resource }: Powered, plan: Plan): void {
  const { address, problems, action, steps } = planned;
  const [problem] = problems;
  if (problem !== undefined) throw new NovaError(problem.code, problem.message, problem);
  const needed = plan.resources.find(
    (other) => other.action === 'create' && resource.dependsOn.includes(other.address),
  );
  if (action === 'create' || needed !== undefined) {
    const what = action === 'create' || needed === undefined ? 'it' : `${needed.address}, which it needs,`;
    const hint = `\`nova run ${address}\` makes it, with everything that it needs`;
    throw new NovaError('plan.declined', `${address} cannot be started: ${what} is not there`, { hint });
  }
  const effect = effectOf(planned);
  if (action !== 'replace' && effect !== 'data-loss') return;
  const why = steps.find((step) => step.effect === effect)?.reason ?? 'the NovaFile changed';
  const hint = '`nova apply` shows what would change, and asks';
  throw new NovaError('plan.declined', `starting ${address} would replace it: ${why}`, { hint });
}

async function present(place: Workplace, resource: Resource): Promise<unknown> {
  const found = await place.observer.look(resource, resource);
  const { address, at } = resource;
  if (!('wanted' in found)) return undefined;
  const { wanted: observation } = found;
  if (observation.status === 'unknown')
    throw new NovaError('host.unknown', `${address} cannot be read: ${observation.why}`, { at });
  if (observation.status === 'foreign')
    throw new NovaError('host.foreign', `${address}: ${observation.why}`, { at });
  return seenOf(observation);
}
