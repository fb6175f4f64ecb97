import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Scope } from '../../reconcilers/identity.ts';
import { watchHost } from '../../reconcilers/host/hints.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import { controlPlace } from '../control/place.ts';
import { type Control, startControl } from '../control/server.ts';
import type { announcing } from '../loop/announcing.ts';
import { systemLoopClock } from '../loop/clock.ts';
import { type Controller, type Followed, startController } from '../loop/controller.ts';
import type { Log } from '../loop/log.ts';
import { createGenerations } from '../loop/target.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { type Announcer, createAnnouncer } from '../notify/announcer.ts';
import { ensureHostKey } from '../secrets/hostKey.ts';
import { openSession, scopeAt } from '../session.ts';
import { openSource } from '../sources/openSource.ts';
import type { SourceSettings } from '../sources/settings.ts';
import { type Traces, tracesFrom } from '../traces/traces.ts';
import type { Invocation } from './main.ts';
import { networkFrom } from './network.ts';
import { version } from './version.ts';

/** What stays when the sources are read anew. */
export interface Ground {
  readonly invocation: Invocation;
  readonly scope: Scope;
  readonly store: StateStore;
  readonly log: Log;
  readonly version: string;
  readonly metrics: Metrics;
  /** Undefined: nobody asks for them. */
  readonly traces: Traces | undefined;
  /** What runs now. */
  readonly now: { controller?: Controller; control?: Control; announcer?: Announcer };
}

export async function prepareRounds(
  invocation: Invocation,
  { store, listen }: ReturnType<typeof announcing>,
  log: Log,
): Promise<Ground> {
  const now: Ground['now'] = {};
  const known = await version();
  const metrics = createMetrics({
    version: known,
    store,
    controller: () => now.controller,
    streams: () => now.control?.streams() ?? 0,
  });
  const traces = await tracesFrom(process.env, known);
  listen(metrics.told);
  if (traces !== undefined) listen(traces.told);
  listen(() => {
    now.control?.told();
    now.announcer?.told();
  });
  return { invocation, scope: scopeAt(invocation.options), store, log, version: known, metrics, traces, now };
}

/** The loop and its faces, for some sources, until they are disposed of; everything that runs is left running. */
export interface Round extends AsyncDisposable {
  readonly controller: Controller;
}

export async function startRound(ground: Ground, settings: readonly SourceSettings[]): Promise<Round> {
  const { invocation, scope, store, log, metrics, now } = ground;
  const { options, commandLine } = invocation;
  const { stateDirectory, following } = options;
  await using stack = new AsyncDisposableStack();
  // Sessions of all projects share one connection, which opening one does not write to.
  const openStore = () => ({ ...store, close: () => undefined });
  const followed = await Promise.all(settings.map((each) => toFollow(each, scope, store, options)));
  const audiences = new Map(settings.map(({ name, audience }) => [name, audience]));
  const announcer = createAnnouncer({ scope: scope.id, store, audiences, clock: systemLoopClock, log });
  now.announcer = announcer;
  stack.defer(() => announcer.close());
  const controller = await startController({
    scope: scope.id,
    store,
    generations: createGenerations(store, scope.id, stateDirectory),
    clock: systemLoopClock,
    log,
    followed,
    passed: (source, ms) => {
      metrics.passed(source, ms);
      ground.traces?.passed(source, ms, now.controller?.loops.get(source));
    },
    planned: announcer.planned,
    ...(following.once === true ? {} : { listen: (changed: () => void) => watchHost(scope, changed) }),
    open: (manifest) =>
      openSession(manifest, {
        ...options,
        lockTimeout: 0,
        command: commandLine,
        onWait: () => undefined,
        openStore,
      }),
  });
  now.controller = controller;
  stack.defer(() => controller.stop());
  const secretFiles = new Map(settings.map(({ name, hookSecretFile }) => [name, hookSecretFile]));
  const control = await startControl({
    controller,
    store,
    scope: scope.id,
    socket: controlPlace(stateDirectory).socket,
    secrets: (name) => secretIn(secretFiles.get(name)),
    listen: typeof following.listen === 'string' ? following.listen : undefined,
    version: ground.version,
    metrics,
    ...networkFrom(following),
  });
  now.control = control;
  stack.defer(() => control.close());
  for (const { source } of followed) log.info({ source: source.name }, `following ${source.about}`);
  // What was not told before the last stop is told now.
  announcer.told();
  const whole = stack.move();
  return { controller, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

async function toFollow(
  settings: SourceSettings,
  scope: Scope,
  store: StateStore,
  { choices, stateDirectory }: Invocation['options'],
): Promise<Followed> {
  const { name, automatic, deadline } = settings;
  const inUse = (): readonly string[] => {
    const project = store.sources(scope.id).find((row) => row.name === name)?.project;
    if (project === undefined) return [];
    return store.generations({ scope: scope.id, project }, keptGenerations).map(({ manifest }) => manifest);
  };
  const folder = join(scope.data, 'sources', name);
  const key = () => ensureHostKey(stateDirectory);
  const source = await openSource(settings, { folder, inUse, choices, key });
  return { source, automatic, deadline };
}

/** Generations whose files are kept, so that one can go back to them without the network. */
const keptGenerations = 10;

/** Read anew each time, so that a new one is used at once. */
function secretIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
