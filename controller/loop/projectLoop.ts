import { type Issue, toNovaError } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import { issueOf } from '../render/issues.ts';
import type { Session } from '../session.ts';
import { dangersText } from './assess.ts';
import { isConverged } from './conditions.ts';
import { createDesired } from './desired.ts';
import { changeEvent, isTold, outcomeEvent } from './happenings.ts';
import { heldOf } from './held.ts';
import { createLending } from './lending.ts';
import { createPreviews } from './preview.ts';
import type { ProjectLoop, ProjectLoopOptions } from './projectLoopOptions.ts';
import { createChooser } from './look.ts';
import { isAsked } from './asked.ts';
import { createRecorder } from './recorder.ts';
import { createRuns } from './runs.ts';
import { selectWork } from './selectWork.ts';
import { isTerminal } from './standing.ts';
import { createStandings, patience } from './standings.ts';
import type { Target } from './target.ts';
import { tellConditions } from './tellConditions.ts';

export type { ProjectLoop } from './projectLoopOptions.ts';

/**
 * ms that a source has to say what it holds, before what was good last is kept up without it: a host on which somebody
 * has applied something newer meanwhile is not to be turned back for a moment.
 */
const firstWord = 2_000;
/** ms; things that end together are looked at together */
const settling = 20;
const longestSettling = 2_000;
/** Resources that are worked on: where there are more, a look at each end would take the time that the work needs. */
const many = 32;

export function createProjectLoop(options: ProjectLoopOptions): ProjectLoop {
  const { name, scope, store, clock, log, random, wake } = options;
  const recorder = createRecorder({ store, scope, source: name, log, now: () => clock.now() });
  const desired = createDesired({ ...options, recorder });
  const standings = createStandings(() => clock.now(), random);
  const chooser = createChooser({ ...options, desired });
  let session: Session | undefined;
  let passing: Promise<void> = Promise.resolve();
  /** ms of the last pass */
  let took = 0;
  let hostTrouble: readonly Issue[] = [];
  let hostFailures = 0;
  /** Of the source: before that only what is remembered counts. */
  let heard = false;
  const born = clock.now();
  /** Of all that was told, how much the last pass knew. */
  let [asked, answered] = [0, 0];
  let last: { readonly plan: Plan; readonly target: Target } | undefined;

  const runs = createRuns((planned, error) => {
    asked += 1;
    const before = standings.of(planned.address)?.error;
    standings.settle(planned, error);
    if (isTold(planned, error, before)) recorder.event(outcomeEvent(planned, error));
    wake(standings.busyCount() > many ? Math.min(longestSettling, Math.max(settling, 4 * took)) : settling);
  });

  const lending = createLending({
    ...options,
    recorder,
    desired,
    async rest() {
      runs.preempt();
      // A pass that has begun begins nothing any more.
      await passing;
      await runs.idle();
      await session?.[Symbol.asyncDispose]();
      session = undefined;
      // Whoever borrows it changes what was seen.
      last = undefined;
    },
    goOn: () => {
      asked += 1;
      standings.retry();
      wake(0);
    },
  });

  async function pass(): Promise<void> {
    if (lending.lent || (!heard && desired.good === undefined)) return;
    const left = born + firstWord - clock.now();
    if (!heard && left > 0) return wake(left);
    const known = asked;
    if (recorder.row.suspended) publish(last?.plan);
    else await (passing = attempt());
    if (!lending.lent) answered = known;
  }

  function answer(planned: PlannedResource, error: Issue | undefined): void {
    if (!standings.answer(planned, error)) return;
    recorder.event(outcomeEvent(planned, error));
    wake(settling);
  }

  async function attempt(): Promise<void> {
    const begun = clock.now();
    try {
      await observeAndAct();
      took = clock.now() - begun;
      hostFailures = 0;
    } catch (error) {
      hostFailures += 1;
      hostTrouble = [issueOf(toNovaError(error))];
      publish(last?.plan);
      wake(standings.pause(hostFailures));
    }
  }

  async function observeAndAct(): Promise<void> {
    const target = desired.candidate ?? desired.good;
    wake(options.observe);
    if (target === undefined) return publish(undefined);
    session ??= await options.open(target.manifest);
    hostTrouble = [];
    const choice = await chooser.choose(session, target);
    if (lending.lent || recorder.row.suspended) return;
    if (choice === undefined) return publish(undefined);
    const { chosen, plan, surveyed, withheld } = choice;
    last = { plan, target: chosen };
    recorder.planned(plan.hash);
    standings.keep(plan);
    const asking = new Map(withheld.map((danger) => [danger.address, `it would ${dangersText([danger])}`]));
    const held = heldOf(plan, recorder.row);
    const selection = selectWork(plan, standings.of, clock.now(), new Set([...asking.keys(), ...held]));
    const work = { session, manifest: chosen.manifest, plan, surveyed };
    standings.busy([...selection.begin, ...selection.verify]);
    tellBegun(selection.begin);
    if (selection.begin.length > 0) runs.begin(work, selection.begin);
    runs.verify(work, selection.verify);
    runs.verify(work, standings.ask(plan, options.observe, isAsked(chosen.manifest)), answer);
    if (chosen === desired.candidate) await judge(chosen, plan, session);
    publish(plan, selection.blocked, asking);
    const next = Math.min(selection.nextAt ?? Number.POSITIVE_INFINITY, desired.deadline());
    if (Number.isFinite(next)) wake(Math.max(settling, next - clock.now()));
  }

  function tellBegun(begun: Parameters<typeof standings.busy>[0]): void {
    if (begun.length === 0) return;
    const specs = chooser.applied();
    for (const planned of begun) recorder.event(changeEvent(planned, specs));
  }

  /** A generation becomes the last good one, or had time enough. */
  async function judge(candidate: Target, plan: Plan, { owner }: Session): Promise<void> {
    desired.begin(clock.now());
    const held = heldOf(plan, recorder.row);
    if (isConverged({ plan, standingOf: standings.of, held })) return desired.promote(owner);
    if (clock.now() < desired.deadline() || desired.good === undefined) return;
    standings.declare(candidate.manifest, desired.good.manifest);
    desired.rollBack();
    runs.preempt();
    wake(0);
  }

  function publish(
    plan: Plan | undefined,
    blocked: ReadonlyMap<Address, Address> = new Map(),
    asking: ReadonlyMap<Address, string> = new Map(),
  ): void {
    const { suspended } = recorder.row;
    const trouble = [...hostTrouble, ...desired.trouble()];
    const held = heldOf(plan, recorder.row);
    tellConditions(recorder, {
      plan,
      standingOf: standings.of,
      blocked,
      withheld: asking,
      held,
      suspended,
      trouble,
    });
  }

  return {
    recorder,
    remembered: desired.good?.revision,
    get file() {
      return (desired.candidate ?? desired.good)?.manifest.file;
    },
    get manifest() {
      return (desired.candidate ?? desired.good)?.manifest;
    },
    pass,
    preview: createPreviews({ desired, ...chooser, session: () => session }),
    view: () => session?.host.view(),
    deliver(delivery) {
      // That there is nothing new is no reason to look at the host.
      if (delivery === undefined && heard && !desired.failing) return;
      heard = true;
      asked += 1;
      desired.fail(undefined);
      const before = (desired.candidate ?? desired.good)?.manifest;
      if (delivery !== undefined && desired.accept(delivery) && desired.candidate !== undefined) {
        standings.declare(before, desired.candidate.manifest);
        runs.preempt();
      }
      wake(0);
    },
    fail(error) {
      heard = true;
      asked += 1;
      desired.fail(error);
      wake(0);
    },
    approve(agreed) {
      const words = desired.approve(agreed);
      wake(0);
      return words;
    },
    suspend(suspended) {
      recorder.set({ suspended });
      const reason = suspended ? 'Suspended' : 'Resumed';
      recorder.event({ subject: '', severity: 'normal', reason, message: `it is ${reason.toLowerCase()}` });
      recorder.flush();
      wake(0);
    },
    lending,
    retry() {
      asked += 1;
      recorder.set({ held: undefined });
      standings.retry();
      wake(0);
    },
    settled() {
      if (!heard || answered !== asked) return false;
      const [trouble] = hostTrouble;
      if (trouble !== undefined) return hostFailures >= patience || isTerminal(trouble);
      if (lending.lent) return false;
      return standings.settled(last?.plan, heldOf(last?.plan, recorder.row));
    },
    async stop() {
      await runs.stop();
      recorder.flush();
      await session?.[Symbol.asyncDispose]();
    },
  };
}
