import { type Issue, type NovaError, toNovaError } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { specsOf } from '../plan/drift.ts';
import type { Plan } from '../plan/plan.ts';
import { issueOf } from '../render/issues.ts';
import type { Session } from '../session.ts';
import type { Delivery } from '../sources/source.ts';
import { type Danger, dangersOf, dangersText } from './assess.ts';
import { conditionsOf, isConverged } from './conditions.ts';
import { createDesired } from './desired.ts';
import { changeEvent, isTold, outcomeEvent } from './happenings.ts';
import { type Choice, look } from './look.ts';
import { neverGood } from './neverGood.ts';
import { createPreviews, type Preview } from './preview.ts';
import type { ProjectLoopOptions } from './projectLoopOptions.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createRuns } from './runs.ts';
import { selectWork } from './selectWork.ts';
import { isTerminal } from './standing.ts';
import { createStandings, patience } from './standings.ts';
import type { Target } from './target.ts';

/** Keeps a host as one source says, pass by pass. A pass waits for nothing but reads: work goes on beside it. */
export interface ProjectLoop {
  readonly recorder: Recorder;
  /** The revision that is kept up before the source was read. */
  readonly remembered: string | undefined;
  /** The NovaFile that is followed. */
  readonly file: string | undefined;
  /** The source was read; undefined: it says nothing new. */
  deliver(delivery: Delivery | undefined): void;
  /** The source cannot be read, or refuses what it read. */
  fail(error: NovaError): void;
  /** The NovaFile that is enforced or waits, as it was read. */
  readonly manifest: Manifest | undefined;
  /** Reads the host and does what is to be done now. */
  pass(): Promise<void>;
  /**
   * What would make the host as its source says, or as the last good generation does, now. Changes nothing; who asks
   * meanwhile shares the answer. Undefined before the first pass.
   */
  preview(of: 'wanted' | 'good'): Promise<Preview | undefined>;
  /** The host as its session sees it; undefined before the first pass. */
  view(): HostView | undefined;
  /** A person agrees to what waits; says what that was, or undefined when nothing waits. */
  approve(): string | undefined;
  suspend(suspended: boolean): void;
  /** Tries again now, whatever failed and was put off. */
  retry(): void;
  /** Nothing is under way, and nothing happens without something else changing first. */
  settled(): boolean;
  stop(): Promise<void>;
}

/** ms; things that end together are looked at together */
const settling = 20;

export function createProjectLoop(options: ProjectLoopOptions): ProjectLoop {
  const { name, scope, store, clock, log, random, wake } = options;
  const recorder = createRecorder({ store, scope, source: name, log, now: () => clock.now() });
  const desired = createDesired({ ...options, recorder });
  const standings = createStandings(() => clock.now(), random);
  let session: Session | undefined;
  let hostTrouble: readonly Issue[] = [];
  let hostFailures = 0;
  /** Of the source: before that only what is remembered counts. */
  let heard = false;
  /** Of all that was told, how much the last pass knew. */
  let [asked, answered] = [0, 0];
  let last: { readonly plan: Plan; readonly target: Target } | undefined;

  const runs = createRuns((planned, error) => {
    asked += 1;
    standings.settle(planned, error);
    if (isTold(planned, error)) recorder.event(outcomeEvent(planned, error));
    wake(settling);
  });

  async function pass(): Promise<void> {
    if (!heard && desired.good === undefined) return;
    const known = asked;
    if (recorder.row.suspended) publish(last?.plan);
    else await attempt();
    answered = known;
  }

  async function attempt(): Promise<void> {
    try {
      await observeAndAct();
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
    const choice = await choose(session, target);
    if (choice === undefined) return publish(undefined);
    const { chosen, plan, surveyed, withheld } = choice;
    last = { plan, target: chosen };
    recorder.planned(plan.hash);
    standings.keep(plan);
    const held = new Map(withheld.map((danger) => [danger.address, `it would ${dangersText([danger])}`]));
    const selection = selectWork(plan, standings.of, clock.now(), new Set(held.keys()));
    const work = { session, manifest: chosen.manifest, plan, surveyed };
    standings.busy([...selection.begin, ...selection.verify]);
    tellBegun(selection.begin);
    if (selection.begin.length > 0) runs.begin(work, selection.begin);
    runs.verify(work, selection.verify);
    if (chosen === desired.candidate) await judge(chosen, plan, session);
    publish(plan, selection.blocked, held);
    const next = Math.min(selection.nextAt ?? Number.POSITIVE_INFINITY, desired.deadline());
    if (Number.isFinite(next)) wake(Math.max(settling, next - clock.now()));
  }

  /** The newest revision, unless a person has to agree to it first: the last good one stays meanwhile. */
  async function choose(on: Session, target: Target): Promise<Choice | undefined> {
    const { good } = desired;
    const seen = await look(on, target);
    const dangers = dangersIn(seen.plan);
    const allowed = desired.isAllowed(target, dangers);
    desired.waiting = allowed ? [] : dangers;
    if (allowed || target === good) return { ...seen, chosen: target, withheld: desired.waiting };
    if (good === undefined) return undefined;
    const back = await look(on, good);
    const held = dangersIn(back.plan);
    return { ...back, chosen: good, withheld: desired.isAllowed(good, held) ? [] : held };
  }

  function dangersIn(plan: Plan): readonly Danger[] {
    const free = neverGood(store, { scope, project: plan.project }, applied(), desired.rejected);
    return dangersOf(plan, applied(), options.automatic, free);
  }

  function applied(): ReadonlyMap<Address, unknown> | undefined {
    return desired.good === undefined ? undefined : specsOf(desired.good.manifest);
  }

  function tellBegun(begun: Parameters<typeof standings.busy>[0]): void {
    if (begun.length === 0) return;
    const specs = applied();
    for (const planned of begun) recorder.event(changeEvent(planned, specs));
  }

  /** A generation becomes the last good one, or had time enough. */
  async function judge(candidate: Target, plan: Plan, { owner }: Session): Promise<void> {
    desired.begin(clock.now());
    if (isConverged({ plan, standingOf: standings.of })) return desired.promote(owner);
    if (clock.now() < desired.deadline() || desired.good === undefined) return;
    standings.declare(candidate.manifest, desired.good.manifest);
    desired.rollBack();
    runs.preempt();
    wake(0);
  }

  function publish(
    plan: Plan | undefined,
    blocked: ReadonlyMap<Address, Address> = new Map(),
    withheld: ReadonlyMap<Address, string> = new Map(),
  ): void {
    const trouble = [...hostTrouble, ...desired.trouble()];
    const { suspended } = recorder.row;
    const situation = { plan, standingOf: standings.of, blocked, withheld, suspended, trouble };
    const conditions = conditionsOf(situation);
    const decided = conditions.some(
      ({ subject, type, status }) => subject === '' && status && type !== 'Reconciling',
    );
    if (decided) recorder.set({ observedRevision: recorder.row.revision });
    const [first] = trouble;
    if (first !== undefined) recorder.event(outcomeEvent(undefined, first));
    recorder.publish(conditions);
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
    preview: createPreviews({ desired, dangersIn, applied, session: () => session }),
    view: () => session?.host.view(),
    deliver(delivery) {
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
    approve() {
      const words = desired.approve();
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
    retry() {
      asked += 1;
      standings.retry();
      wake(0);
    },
    settled() {
      if (!heard || answered !== asked) return false;
      const [trouble] = hostTrouble;
      if (trouble !== undefined) return hostFailures >= patience || isTerminal(trouble);
      return standings.settled(last?.plan);
    },
    async stop() {
      await runs.stop();
      recorder.flush();
      await session?.[Symbol.asyncDispose]();
    },
  };
}
