import { basename, dirname, resolve } from 'node:path';

import { NovaError } from '../../../schema/errors.ts';
import { acquireLock } from '../../../stateStore/lock.ts';
import { openStateStore } from '../../../stateStore/sqlite.ts';
import { controlPlace } from '../../control/place.ts';
import { systemLoopClock } from '../../loop/clock.ts';
import { startController, type Controller, type Followed } from '../../loop/controller.ts';
import { plainLog, structuredLog } from '../../loop/log.ts';
import { novaFileAt } from '../../project.ts';
import { openSession, scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { type Interrupts, listenForInterrupts } from '../interrupts.ts';
import type { Invocation } from '../main.ts';

/** Follows a folder: the host is kept as its NovaFile says, until it is stopped. */
export async function watch(invocation: Invocation): Promise<number> {
  const { file, following } = invocation.options;
  const { folderSource } = await import('../../sources/folder.ts');
  const name = following.name ?? sourceName(basename(dirname(novaFileAt(resolve(file)))));
  const source = await folderSource({
    name,
    path: file,
    interval: following.interval ?? 60_000,
    choices: invocation.options.choices,
  });
  return follow(invocation, [{ source, ...following }]);
}

/** Runs the loop for some sources: for ever, or until every one has come to rest. */
async function follow(invocation: Invocation, followed: readonly Followed[]): Promise<number> {
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
  const store = (invocation.openStore ?? openStateStore)({ directory: stateDirectory });
  stack.defer(() => store.close());
  // Sessions of all projects share one connection, which opening one does not write to.
  const openStore = () => ({ ...store, close: () => undefined });
  using interrupts = listenForInterrupts(() => log.info({}, 'stopping after the steps in hand'));
  const controller = startController({
    scope: scope.id,
    store,
    clock: systemLoopClock,
    log,
    followed,
    open: (manifest) =>
      openSession(manifest, {
        ...options,
        lockTimeout: 0,
        command: commandLine,
        onWait: () => undefined,
        openStore,
      }),
  });
  stack.defer(() => controller.stop());
  for (const { source } of followed) log.info({ source: source.name }, `following ${source.about}`);
  await untilDone(controller, options.following.once, interrupts);
  return options.following.once ? verdict(controller) : exitCodes.done;
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

/** It becomes a word in paths and addresses. */
function sourceName(word: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(word)) return word;
  throw new NovaError('usage', `\`${word}\` cannot be the name of a source`, {
    hint: 'give it one with --name: letters, digits, `_`, `.` and `-`',
  });
}
