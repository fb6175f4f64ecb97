import { createActor, fromPromise } from 'xstate';

import type { Automatic } from '../../schema/automatics.ts';
import { NovaError, toNovaError } from '../../schema/errors.ts';
import type { Manifest } from '../../schema/manifest.ts';
import type { HostHints } from '../../reconcilers/host/hints.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import type { Plan } from '../plan/plan.ts';
import { errorReport } from '../secrets/errorReport.ts';
import type { Session } from '../session.ts';
import { sourceMachine } from '../sources/source.machine.ts';
import type { Source } from '../sources/source.ts';
import type { LoopClock } from './clock.ts';
import type { Log } from './log.ts';
import { createProjectLoop, type ProjectLoop } from './projectLoop.ts';
import { createQueue } from './queue.ts';
import { createSparing } from './spareMemory.ts';
import type { Generations, Target } from './target.ts';

/** A source, and what may be done in its name. */
export interface Followed {
  readonly source: Source;
  /** What needs no consent; undefined: as the NovaFile says. */
  readonly automatic: readonly Automatic[] | undefined;
  /** ms that a generation has to come to Ready before it is rolled back */
  readonly deadline: number;
}

export interface ControllerOptions {
  readonly scope: string;
  readonly store: StateStore;
  readonly generations: Generations;
  readonly clock: LoopClock;
  readonly log: Log;
  readonly random?: () => number;
  /** ms after which the host is looked at even if nothing was heard of it */
  readonly observe?: number;
  readonly open: (manifest: Manifest) => Promise<Session>;
  readonly followed: readonly Followed[];
  /** Told how many ms each pass over the host of a source took. */
  readonly passed?: (source: string, ms: number) => void;
  /** Told of the plan for the newest revision of a source, before it is begun. */
  readonly planned?: (source: string, target: Target, plan: Plan) => void;
  /** Listens for signs that the host has changed. */
  readonly listen?: (changed: () => void) => HostHints;
}

/** Keeps a host as its sources say, until it is stopped. Each source stands alone. */
export interface Controller {
  readonly loops: ReadonlyMap<string, ProjectLoop>;
  /** Something may have changed on the host: of one source, or anywhere. */
  wake(name?: string): void;
  /** Looks at the source now, without waiting for its time. */
  poke(name: string, how?: { readonly rewind: boolean }): void;
  /** A source, or every one, was read as it is now, and nothing is under way. */
  settled(name?: string): boolean;
  /** Sources that a pass is due or under way for. */
  depth(): number;
  /** When a source was last read, in ms since the epoch; undefined: not since this began. */
  readAt(name: string): number | undefined;
  /** Steps in hand are finished; everything that runs is left running. */
  stop(): Promise<void>;
}

export async function startController(options: ControllerOptions): Promise<Controller> {
  const { clock, log, random = Math.random } = options;
  /** No look at what the host tells before then, in ms since the epoch. */
  let restsUntil = 0;
  /** Sources that the host has told something since they were looked at. */
  const told = new Set<string>();
  const sparing = createSparing(clock);
  const queue = createQueue({
    clock,
    work: async (key) => {
      sparing.works();
      const begun = performance.now();
      const wasTold = told.delete(key);
      await loops.get(key)?.pass();
      // A host that never rests, whoever is at it, does not keep us busy for more than a fifth of the time. What the loop asks
      // for by itself, because something does not get well, holds up no look at what somebody has changed.
      const took = performance.now() - begun;
      if (wasTold) restsUntil = clock.now() + 4 * took;
      options.passed?.(key, took);
      hints?.refresh();
      if ([...loops.values()].every((loop) => loop.settled())) sparing.rests();
    },
    failed: (key, error) => {
      log.error({ source: key, reason: 'internal' }, errorReport(error));
      queue.add(key, 5_000);
    },
  });
  const remembered = new Map(
    await Promise.all(
      options.followed.map(async ({ source }) => [source.name, await recall(source.name)] as const),
    ),
  );
  const loops = new Map(
    options.followed.map(({ source, automatic, deadline }) => {
      const { scope, store, generations, open, observe = 60_000 } = options;
      const wake = (after: number): void => queue.add(source.name, after);
      const { name } = source;
      const good = remembered.get(name);
      const common = { name, good, generations, scope, store, clock, log, random, open, observe };
      const planned = (target: Target, plan: Plan): void => options.planned?.(name, target, plan);
      return [name, createProjectLoop({ ...common, automatic, deadline, wake, planned })] as const;
    }),
  );
  const hints = options.listen?.(() => {
    const after = Math.max(shortestGap, restsUntil - clock.now());
    for (const name of loops.keys()) {
      told.add(name);
      queue.add(name, after);
    }
  });
  // What was good is kept up, whether its source can be had or not.
  for (const name of loops.keys()) queue.add(name);
  const sources = new Map(
    options.followed.map(({ source }) => [source.name, follow(source, loopOf(loops, source.name), clock)]),
  );

  /** Without it the source has to be had first. */
  async function recall(name: string): Promise<Target | undefined> {
    try {
      return await options.generations.last(name);
    } catch (error) {
      const { code, message } = toNovaError(error);
      log.warn({ source: name, reason: code }, message);
      return undefined;
    }
  }

  return {
    loops,
    wake: (name) => {
      for (const each of name === undefined ? loops.keys() : [name]) queue.add(each, 0);
    },
    poke: (name, { rewind = false } = { rewind: false }) => {
      if (rewind) sources.get(name)?.allowBack();
      sources.get(name)?.poke();
    },
    settled: (name) =>
      (name === undefined ? [...loops.keys()] : [name]).every(
        (each) => sources.get(each)?.isRead() === true && loops.get(each)?.settled() === true,
      ),
    depth: () => queue.depth(),
    readAt: (name) => sources.get(name)?.readAt(),
    async stop() {
      hints?.close();
      sparing.works();
      await Promise.all([...sources.values()].map((source) => source.close()));
      await queue.close();
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
    },
  };
}

/** ms between a sign that the host has changed and the look at it: signs come in swarms */
const shortestGap = 50;

/** Reads a source when its machine says so, and tells the loop what came of it. */
function follow(source: Source, loop: ProjectLoop, clock: LoopClock) {
  let known = loop.remembered;
  let readAt: number | undefined;
  const floor = () => loop.recorder.row.goodRevision;
  const actor = createActor(
    sourceMachine.provide({
      actors: { read: fromPromise(({ signal }) => source.read({ known, floor: floor() }, signal)) },
      actions: {
        deliver: (_, { delivery }) => {
          readAt = clock.now();
          known = delivery?.revision ?? known;
          loop.deliver(delivery);
        },
        fail: (_, { error }) => loop.fail(error),
      },
    }),
    { input: { interval: source.interval }, clock },
  );
  actor.start();
  const watcher = source.watch?.(() => actor.send({ type: 'poke' }));
  return {
    readAt: () => readAt,
    isRead: () => !actor.getSnapshot().matches('reading'),
    allowBack: () => source.allowBack?.(),
    poke: () => actor.send({ type: 'poke' }),
    async close() {
      actor.stop();
      await watcher?.close();
    },
  };
}

function loopOf(loops: ReadonlyMap<string, ProjectLoop>, name: string): ProjectLoop {
  const loop = loops.get(name);
  if (loop === undefined) throw new NovaError('internal', `there is no loop for ${name}`);
  return loop;
}
