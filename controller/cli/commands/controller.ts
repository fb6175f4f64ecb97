import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import type { Scope } from '../../../reconcilers/identity.ts';
import { watchHost } from '../../../reconcilers/host/hints.ts';
import { acquireLock } from '../../../stateStore/lock.ts';
import { openStateStore } from '../../../stateStore/sqlite.ts';
import type { StateStore } from '../../../stateStore/stateStore.ts';
import { controlPlace } from '../../control/place.ts';
import { startControl } from '../../control/server.ts';
import { systemLoopClock } from '../../loop/clock.ts';
import { startController, type Controller, type Followed } from '../../loop/controller.ts';
import { announcing } from '../../loop/announcing.ts';
import { plainLog, structuredLog } from '../../loop/log.ts';
import { createMetrics } from '../../metrics/metrics.ts';
import { createGenerations } from '../../loop/target.ts';
import { novaFileAt, readText } from '../../project.ts';
import { ensureHostKey } from '../../secrets/hostKey.ts';
import { openSession, scopeAt } from '../../session.ts';
import { openSource } from '../../sources/openSource.ts';
import { readSettings, type SourceSettings } from '../../sources/settings.ts';
import { exitCodes } from '../exitCodes.ts';
import { readFollowing } from '../following.ts';
import { type Interrupts, listenForInterrupts } from '../interrupts.ts';
import type { Invocation } from '../main.ts';
import { networkFrom } from '../network.ts';
import { version } from '../version.ts';

/** Follows a folder: the host is kept as its NovaFile says, until it is stopped. */
export async function watch(invocation: Invocation): Promise<number> {
  const { file } = invocation.options;
  const following = readFollowing(invocation.options.following);
  const folder = dirname(novaFileAt(resolve(file)));
  return follow(invocation, [following.settings(file, following.name ?? basename(folder))]);
}

/** Follows the sources of a configuration file, or a repository. */
export async function controller(invocation: Invocation): Promise<number> {
  const { words } = invocation.options;
  const following = readFollowing(invocation.options.following);
  const [file] = words;
  if (file === undefined) {
    const name = basename(following.repo ?? '').replace(/\.git$/, '');
    return follow(invocation, [following.settings(undefined, following.name ?? name)]);
  }
  return follow(invocation, readSettings(readText(resolve(file), file), file));
}

/** Runs the loop for some sources: for ever, or until every one has come to rest. */
async function follow(invocation: Invocation, settings: readonly SourceSettings[]): Promise<number> {
  const { options, io, commandLine } = invocation;
  const { stateDirectory } = options;
  const scope = scopeAt(options);
  const log = options.json || !io.err.isTTY ? await structuredLog() : plainLog(io.err);
  await using stack = new AsyncDisposableStack();
  const lock = await acquireLock({
    path: controlPlace(stateDirectory).lock,
    owner: { pid: process.pid, command: commandLine, since: Date.now() },
    timeout: options.lockTimeout,
  });
  stack.defer(() => lock.release());
  const { store, listen: listenToEvents } = announcing(
    (invocation.openStore ?? openStateStore)({ directory: stateDirectory }),
  );
  stack.defer(() => store.close());
  // Sessions of all projects share one connection, which opening one does not write to.
  const openStore = () => ({ ...store, close: () => undefined });
  const followed = await Promise.all(settings.map((each) => toFollow(each, scope, store, options)));
  using interrupts = listenForInterrupts(() => log.info({}, 'stopping after the steps in hand'));
  const ran: { controller?: Controller } = {};
  const metrics = createMetrics({ version: await version(), store, controller: () => ran.controller });
  listenToEvents(metrics.told);
  const running = await startController({
    scope: scope.id,
    store,
    generations: createGenerations(store, scope.id, stateDirectory),
    clock: systemLoopClock,
    log,
    followed,
    passed: metrics.passed,
    ...(options.following.once === true
      ? {}
      : { listen: (changed: () => void) => watchHost(scope, changed) }),
    open: (manifest) =>
      openSession(manifest, {
        ...options,
        lockTimeout: 0,
        command: commandLine,
        onWait: () => undefined,
        openStore,
      }),
  });
  ran.controller = running;
  stack.defer(() => running.stop());
  const secretFiles = new Map(settings.map(({ name, hookSecretFile }) => [name, hookSecretFile]));
  const { listen } = options.following;
  const control = await startControl({
    controller: running,
    store,
    scope: scope.id,
    socket: controlPlace(stateDirectory).socket,
    secrets: (name) => secretIn(secretFiles.get(name)),
    listen: typeof listen === 'string' ? listen : undefined,
    version: await version(),
    metrics,
    ...networkFrom(options.following),
  });
  listenToEvents(() => control.told());
  stack.defer(() => control.close());
  for (const { source } of followed) log.info({ source: source.name }, `following ${source.about}`);
  const once = options.following.once === true;
  await untilDone(running, once, interrupts);
  return once ? verdict(running) : exitCodes.done;
}

/** ms between looks whether one round is over */
const glance = 50;

async function untilDone(controller: Controller, once: boolean, { stop }: Interrupts): Promise<void> {
  while (!stop.aborted && !(once && controller.settled())) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(once ? glance : 3_600_000)]);
    await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  }
}

/** Whether everything came to Ready. */
function verdict({ loops }: Controller): number {
  const conditions = [...loops.values()].flatMap((loop) => loop.recorder.conditions);
  const ready = conditions.filter(({ subject, type }) => subject === '' && type === 'Ready');
  return ready.length === loops.size && ready.every(({ status }) => status)
    ? exitCodes.done
    : exitCodes.error;
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
