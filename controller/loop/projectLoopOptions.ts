import type { NovaError } from '../../schema/errors.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import type { Delivery } from '../sources/source.ts';
import type { Agreed } from './desired.ts';
import type { Lending } from './lending.ts';
import type { Preview } from './preview.ts';
import type { Recorder } from './recorder.ts';
import type { Automatic } from '../../schema/automatics.ts';
import type { Manifest } from '../../schema/manifest.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import type { Plan } from '../plan/plan.ts';
import type { Session } from '../session.ts';
import type { LoopClock } from './clock.ts';
import type { Log } from './log.ts';
import type { Generations, Target } from './target.ts';

export interface ProjectLoopOptions {
  readonly name: string;
  readonly scope: string;
  readonly store: StateStore;
  readonly generations: Generations;
  /** The last good generation, as it is remembered. */
  readonly good: Target | undefined;
  readonly clock: LoopClock;
  readonly log: Log;
  readonly random: () => number;
  /** What needs no consent, by whoever runs the controller; undefined: as the NovaFile says. */
  readonly automatic: readonly Automatic[] | undefined;
  /** ms that a generation has to come to Ready before it is rolled back */
  readonly deadline: number;
  /** ms after which the host is looked at even if nothing was heard of it */
  readonly observe: number;
  readonly open: (manifest: Manifest) => Promise<Session>;
  /** Told of the plan for the newest revision, before it is begun. */
  readonly planned: (target: Target, plan: Plan) => void;
  /** Asks for another pass, in so many ms. */
  readonly wake: (after: number) => void;
}

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
  /** A person agrees to what waits, or to a plan that was looked at; says what that was, or undefined when nothing waits. */
  approve(agreed?: Agreed): string | undefined;
  suspend(suspended: boolean): void;
  /** Lends the project to a command of a person. */
  readonly lending: Lending;
  /** Tries again now, whatever failed and was put off, and starts what a person has stopped. */
  retry(): void;
  /** Nothing is under way, and nothing happens without something else changing first. */
  settled(): boolean;
  stop(): Promise<void>;
}
