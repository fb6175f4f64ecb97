import { type Issue, NovaError, toNovaError } from '../../schema/errors.ts';
import type { Manifest } from '../../schema/manifest.ts';
import { registry } from '../../reconcilers/registry.ts';
import { applyPlan, createWorkplace } from '../apply/applyPlan.ts';
import { requireReady } from '../apply/convergeResource.ts';
import { createLimiter } from '../apply/limiter.ts';
import type { Outcome } from '../apply/runPlan.ts';
import { seenOf } from '../plan/lastSeen.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import type { Survey } from '../plan/survey.ts';
import type { Progress } from '../render/progress.ts';
import { issueOf } from '../render/issues.ts';
import type { Session } from '../session.ts';
import { restrictTo } from './selectWork.ts';

/** What is worked on beside the loop. It is never waited for: each resource's end is told, and wakes the loop. */
export interface Runs {
  begin(work: Work, planned: readonly PlannedResource[]): void;
  /** Looks whether it works, without changing anything. */
  verify(work: Work, planned: readonly PlannedResource[], told?: Settled): void;
  /** Resolves when nothing is worked on. */
  idle(): Promise<void>;
  /** A newer revision makes waiting for an older one pointless: steps in hand are finished, waits are given up. */
  preempt(): void;
  /** Nothing more is begun; resolves when the steps in hand have ended. */
  stop(): Promise<void>;
}

export interface Work {
  readonly session: Session;
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly surveyed: Survey;
}

/** Told how a resource ended; undefined: well. */
type Settled = (planned: PlannedResource, error: Issue | undefined) => void;

export function createRuns(settled: Settled, parallelism?: number): Runs {
  const stop = new AbortController();
  const force = new AbortController();
  const going = new Set<Promise<void>>();
  const limit = createLimiter(8);
  let waits = new AbortController();

  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => going.delete(tracked));
    going.add(tracked);
  };

  const apply = async (
    { session, manifest, plan, surveyed }: Work,
    all: readonly PlannedResource[],
  ): Promise<void> => {
    const begun = await withoutLacking(session, manifest, all, settled);
    const left = new Set(begun.map(({ address }) => address));
    const end = (planned: PlannedResource, error: Issue | undefined): void => {
      if (left.delete(planned.address)) settled(planned, error);
    };
    const progress = silentProgress((planned, outcome) => end(planned, issueIn(outcome)));
    const signals = { stop: stop.signal, force: force.signal, waits: waits.signal };
    const options = { parallelism, maximumAttempts: 1, progress, ...signals };
    let why: Issue = interrupted;
    try {
      const outcomes = await applyPlan(session, manifest, restrictTo(plan, begun), surveyed, options);
      for (const planned of begun) end(planned, issueIn(outcomes.get(planned.address)));
    } catch (error) {
      why = issueOf(toNovaError(error));
    }
    for (const planned of begun) end(planned, why);
  };

  /** Of what has nothing to do the pass has just seen that it is as declared: left is whether it works. */
  const look = ({ session, manifest, surveyed }: Work, waits: AbortSignal, told: Settled) => {
    const progress = silentProgress(() => undefined);
    const signals = { stop: stop.signal, force: force.signal, waits };
    const place = createWorkplace(session, manifest, surveyed, { progress, ...signals });
    const resources = new Map(manifest.resources.map((resource) => [resource.address, resource]));
    return async (planned: PlannedResource): Promise<void> => {
      const resource = resources.get(planned.address);
      const seen = seenOf(surveyed.wanted.get(planned.address));
      const work = async (): Promise<void> => {
        if (resource !== undefined && seen !== undefined) await requireReady(place, planned, resource, seen);
      };
      // What is asked until it answers may take its time, and holds nobody up; the rest is quick, and may start a process.
      const waits = resource !== undefined && registry[resource.kind].asks?.(resource.spec) === true;
      try {
        await (waits ? work() : limit(work));
        told(planned, undefined);
      } catch (error) {
        told(planned, issueOf(toNovaError(error)));
      }
    };
  };

  return {
    begin: (work, planned) => track(apply(work, planned)),
    verify: (work, planned, told = settled) => {
      if (planned.length === 0) return;
      const one = look(work, waits.signal, told);
      for (const each of planned) track(one(each));
    },
    async idle() {
      while (going.size > 0) await Promise.all(going);
    },
    preempt() {
      waits.abort();
      waits = new AbortController();
    },
    async stop() {
      stop.abort();
      waits.abort();
      await Promise.all(going);
    },
  };
}

/** What this machine lacks stops those that need it, and no other. */
async function withoutLacking(
  { host }: Session,
  manifest: Manifest,
  all: readonly PlannedResource[],
  settled: Settled,
): Promise<readonly PlannedResource[]> {
  const specs = new Map(manifest.resources.map((resource) => [resource.address, resource]));
  const needs = new Map(
    all.map(({ address, kind }) => {
      const resource = specs.get(address);
      return [address, resource === undefined ? [] : registry[kind].requires(resource.spec)] as const;
    }),
  );
  const asked = [...new Set([...needs.values()].flat())];
  const missing = asked.length === 0 ? [] : await host.missing(asked);
  if (missing.length === 0) return all;
  return all.filter((planned) => {
    const lacking = missing.find(({ capability }) => needs.get(planned.address)?.includes(capability));
    if (lacking === undefined) return true;
    const message = `${planned.address}: this machine lacks ${lacking.capability}: ${lacking.why}`;
    settled(planned, { code: 'capability.missing', message, hint: lacking.hint });
    return false;
  });
}

const interrupted: Issue = issueOf(new NovaError('interrupted', 'it was interrupted'));

function issueIn(outcome: Outcome | undefined): Issue | undefined {
  if (outcome?.state === 'ready') return undefined;
  if (outcome?.state === 'stalled') return issueOf(outcome.error);
  if (outcome?.state === 'blocked')
    return { code: 'interrupted', message: `${outcome.by} failed before it`, hint: 'it is tried again' };
  return interrupted;
}

function silentProgress(settled: (planned: PlannedResource, outcome: Outcome) => void): Progress {
  const nothing = (): void => undefined;
  return { begun: nothing, phase: nothing, retrying: nothing, left: nothing, close: nothing, settled };
}
