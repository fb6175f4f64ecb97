import { basename, dirname, resolve } from 'node:path';

import { toNovaError } from '../../../schema/errors.ts';
import { acquireLock } from '../../../stateStore/lock.ts';
import { openStateStore } from '../../../stateStore/sqlite.ts';
import { controlPlace } from '../../control/place.ts';
import { announcing } from '../../loop/announcing.ts';
import type { Controller } from '../../loop/controller.ts';
import { type Log, plainLog, structuredLog } from '../../loop/log.ts';
import { novaFileAt, readText } from '../../project.ts';
import { createNotifier } from '../../service/notify.ts';
import { readSettings, type SourceSettings } from '../../sources/settings.ts';
import { exitCodes } from '../exitCodes.ts';
import { readFollowing } from '../following.ts';
import { type Hangups, listenForHangups } from '../hangups.ts';
import { type Interrupts, listenForInterrupts } from '../interrupts.ts';
import type { Invocation } from '../main.ts';
import { prepareRounds, startRound } from '../round.ts';

/** Follows a folder: the host is kept as its NovaFile says, until it is stopped. */
export async function watch(invocation: Invocation): Promise<number> {
  const { file } = invocation.options;
  const following = readFollowing(invocation.options.following);
  const folder = dirname(novaFileAt(resolve(file)));
  const settings = [following.settings(file, following.name ?? basename(folder))];
  return follow(invocation, () => settings);
}

/** Follows the sources of a configuration file, or a repository. */
export async function controller(invocation: Invocation): Promise<number> {
  const { words } = invocation.options;
  const following = readFollowing(invocation.options.following);
  const [file] = words;
  if (file === undefined) {
    const name = basename(following.repo ?? '').replace(/\.git$/, '');
    const settings = [following.settings(undefined, following.name ?? name)];
    return follow(invocation, () => settings);
  }
  return follow(invocation, () => readSettings(readText(resolve(file), file), file));
}

type Read = () => readonly SourceSettings[];

/** Runs the loop for some sources: for ever, or until every one has come to rest. On SIGHUP the sources are read anew. */
async function follow(invocation: Invocation, read: Read): Promise<number> {
  const { options, io, commandLine } = invocation;
  const { stateDirectory, following } = options;
  let settings = read();
  const log = options.json || !io.err.isTTY ? await structuredLog() : plainLog(io.err);
  await using stack = new AsyncDisposableStack();
  const lock = await acquireLock({
    path: controlPlace(stateDirectory).lock,
    owner: { pid: process.pid, command: commandLine, since: Date.now() },
    timeout: options.lockTimeout,
  });
  stack.defer(() => lock.release());
  const told = announcing((invocation.openStore ?? openStateStore)({ directory: stateDirectory }));
  stack.defer(() => told.store.close());
  const ground = await prepareRounds(invocation, told, log);
  stack.defer(async () => ground.traces?.close());
  using notifier = createNotifier(process.env, process.pid);
  using interrupts = listenForInterrupts(() => {
    void notifier.stopping();
    log.info({}, 'stopping after the steps in hand');
  });
  using hangups = listenForHangups(io.err.isTTY);
  const once = following.once === true;
  for (;;) {
    await using round = await startRound(ground, settings);
    await notifier.ready(`${settings.length} ${settings.length === 1 ? 'source' : 'sources'} followed`);
    for (;;) {
      const why = await untilDone(round.controller, once, interrupts, hangups);
      if (why === 'done') return once ? verdict(round.controller) : exitCodes.done;
      hangups.take();
      await notifier.reloading();
      const next = readAnew(read, log);
      if (next !== undefined) {
        settings = next;
        break;
      }
      await notifier.ready('what is configured now cannot be used; as before');
    }
  }
}

/** What cannot be read changes nothing: it goes on as before, and says so. */
function readAnew(read: Read, log: Log): readonly SourceSettings[] | undefined {
  try {
    const settings = read();
    log.info({}, 'what is configured was read anew');
    return settings;
  } catch (error) {
    const { code, message } = toNovaError(error);
    log.error({ reason: code }, message);
    return undefined;
  }
}

/** ms between looks whether one round is over */
const glance = 50;

async function untilDone(
  controller: Controller,
  once: boolean,
  { stop }: Interrupts,
  { signal: asked }: Hangups,
): Promise<'done' | 'reload'> {
  while (!stop.aborted && !asked.aborted && !(once && controller.settled())) {
    const signal = AbortSignal.any([stop, asked, AbortSignal.timeout(once ? glance : 3_600_000)]);
    await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  }
  return asked.aborted && !stop.aborted ? 'reload' : 'done';
}

/** Whether everything came to Ready. */
function verdict({ loops }: Controller): number {
  const conditions = [...loops.values()].flatMap((loop) => loop.recorder.conditions);
  const ready = conditions.filter(({ subject, type }) => subject === '' && type === 'Ready');
  return ready.length === loops.size && ready.every(({ status }) => status)
    ? exitCodes.done
    : exitCodes.error;
}
