import type { Automatic } from '../../schema/automatics.ts';
import type { Manifest } from '../../schema/manifest.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
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
  /** Asks for another pass, in so many ms. */
  readonly wake: (after: number) => void;
}
