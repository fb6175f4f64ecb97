import { availableParallelism } from 'node:os';

import { createActor, fromPromise } from 'xstate';

import { NovaError } from '../../schema/errors.ts';
import type { Address, Kind, Resource } from '../../schema/manifest.ts';
import { kinds, registry } from '../../reconcilers/registry.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import { convergeResource, verifyResource, type Workplace } from './convergeResource.ts';
import { createLimiter } from './limiter.ts';
import { resourceMachine } from './resource.machine.ts';

export type Outcome =
  | { readonly state: 'ready' }
  | { readonly state: 'stalled'; readonly error: NovaError }
  | { readonly state: 'blocked'; readonly by: string }
  | { readonly state: 'interrupted' };

/** What whoever watches a run is told. */
export interface RunEvents {
  readonly begun: (planned: PlannedResource) => void;
  readonly settled: (planned: PlannedResource, outcome: Outcome, elapsed: number) => void;
  readonly retrying: (planned: PlannedResource, error: NovaError) => void;
}

export interface RunOptions {
  /** Resources that are worked on at once; default: as many as their kinds say. */
  readonly parallelism?: number | undefined;
  /** Attempts per resource before it counts as failed; default 3. */
  readonly maximumAttempts?: number | undefined;
  /** Aborted by the first Ctrl-C. */
  readonly stop: AbortSignal;
}

/** Runs a plan to its end: one machine for each resource with something to do. Never rejects. */
export async function runPlan(
  plan: Plan,
  resources: ReadonlyMap<Address, Resource>,
  place: Workplace,
  events: RunEvents,
  options: RunOptions,
): Promise<ReadonlyMap<Address, Outcome>> {
  const limit = createLimits(options.parallelism);
  const outcomes = new Map<Address, Promise<Outcome>>();
  for (const planned of plan.resources) {
    const outcome = settle(planned, plan, resources.get(planned.address), {
      place,
      events,
      options,
      outcomes,
      limit,
    });
    outcomes.set(planned.address, outcome);
  }
  return new Map(
    await Promise.all([...outcomes].map(async ([address, outcome]) => [address, await outcome] as const)),
  );
}

interface Run {
  readonly place: Workplace;
  readonly events: RunEvents;
  readonly options: RunOptions;
  readonly outcomes: ReadonlyMap<Address, Promise<Outcome>>;
  readonly limit: (kind: Kind) => ReturnType<typeof createLimiter>;
}

/** One for all, or one for each kind that has a width of its own and one for the others. */
function createLimits(parallelism: number | undefined): Run['limit'] {
  const common = createLimiter(parallelism ?? availableParallelism() * 2);
  const own = new Map(
    kinds.flatMap((kind) => {
      const { width } = registry[kind];
      return parallelism === undefined && width !== undefined ? [[kind, createLimiter(width)] as const] : [];
    }),
  );
  return (kind) => own.get(kind) ?? common;
}

async function settle(
  planned: PlannedResource,
  plan: Plan,
  resource: Resource | undefined,
  run: Run,
): Promise<Outcome> {
  const [problem] = planned.problems;
  if (problem !== undefined)
    return { state: 'stalled', error: new NovaError(problem.code, problem.message, problem) };
  const blocker = await blockerOf(planned, plan, run);
  // Before what it replaces goes, it is looked at whether it works, also when nothing is left to do.
  const succeeds = planned.action === 'no-op' && plan.resources.some(isReplacedBy(planned.address));
  if (planned.steps.length === 0 && !succeeds)
    return blocker === undefined ? { state: 'ready' } : { state: 'blocked', by: blocker };
  return work(planned, resource, run, blocker);
}

/** The first of what it waits for that did not end well. Deleting only minds what was to be deleted before it, or takes its place. */
async function blockerOf(planned: PlannedResource, plan: Plan, run: Run): Promise<Address | undefined> {
  const waits = await Promise.all(
    planned.waitsFor.map(async (address) => ({ address, outcome: await run.outcomes.get(address) })),
  );
  const deletes = new Set(
    plan.resources
      .filter(({ action, problems }) => action === 'delete' || (action === 'keep' && problems.length > 0))
      .map(({ address }) => address),
  );
  const { action, replacedBy } = planned;
  const isMinded = (address: Address): boolean => deletes.has(address) || address === replacedBy;
  const minded = action === 'delete' ? waits.filter(({ address }) => isMinded(address)) : waits;
  return minded.find(({ outcome }) => outcome !== undefined && outcome.state !== 'ready')?.address;
}

function isReplacedBy(address: Address) {
  return ({ replacedBy, steps }: PlannedResource): boolean => replacedBy === address && steps.length > 0;
}

function work(
  planned: PlannedResource,
  resource: Resource | undefined,
  run: Run,
  blocker: Address | undefined,
): Promise<Outcome> {
  const { place, events, options, limit } = run;
  const started = place.host.clock.now();
  const machine = resourceMachine.provide({
    actors: {
      converge: fromPromise(() => {
        const waiting = place.observer.wait(planned, resource);
        return limit(planned.kind)(() => convergeResource(place, planned, resource, waiting));
      }),
      verify: fromPromise(() => verifyResource(place, planned, resource)),
    },
  });
  return new Promise((resolve) => {
    const actor = createActor(machine, { input: { maximumAttempts: options.maximumAttempts ?? 3 } });
    const interrupt = (): void => actor.send({ type: 'interrupt' });
    actor.subscribe((snapshot) => {
      const { error, blockedBy } = snapshot.context;
      if (snapshot.matches('retrying') && error !== undefined) events.retrying(planned, error);
      if (snapshot.status !== 'done') return;
      options.stop.removeEventListener('abort', interrupt);
      const outcome = outcomeOf(snapshot.value, error, blockedBy);
      events.settled(planned, outcome, place.host.clock.now() - started);
      resolve(outcome);
    });
    actor.start();
    options.stop.addEventListener('abort', interrupt);
    if (options.stop.aborted) return interrupt();
    if (blocker !== undefined) return actor.send({ type: 'block', by: blocker });
    events.begun(planned);
    return actor.send({ type: 'go' });
  });
}

function outcomeOf(state: string, error: NovaError | undefined, blockedBy: string | undefined): Outcome {
  if (state === 'ready') return { state };
  if (state === 'blocked') return { state, by: blockedBy ?? 'something before it' };
  if (state === 'interrupted' || error?.code === 'interrupted') return { state: 'interrupted' };
  return { state: 'stalled', error: error ?? new NovaError('internal', 'it stopped without saying why') };
}
