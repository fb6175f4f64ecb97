import { errorCode } from './fileErrors.ts';
import type { Qmp } from './host.ts';
import { NovaError } from '../../schema/errors.ts';
import { connectQmp, type QmpClient } from './qmpClient.ts';
import { fields, text } from './toolOutput.ts';

/** ms in which a QEMU that is well answers, however busy the machine */
const patience = 500;

/**
 * Run state of the QEMU behind a socket; undefined when nobody answers in time. One that has only just been started has
 * no socket yet.
 */
export function queryStatus(path: string): Promise<string | undefined> {
  return unlessBusy(() => statusOf(path));
}

async function statusOf(path: string): Promise<string | undefined> {
  const began = performance.now();
  const deadline = began + patience;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0) return undefined;
    try {
      return await withClient(path, left, async (client) => {
        const answer = await client.execute(
          { execute: 'query-status' },
          Math.max(1, deadline - performance.now()),
        );
        return statusIn(answer);
      });
    } catch (error) {
      if (!isNotYet(error)) return undefined;
    }
    // A pause is a part of what was waited already: so little is lost of a start, and little is asked in vain.
    const pause = Math.min(50, Math.max(2, (performance.now() - began) / 8));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

export const localQmp: Qmp = {
  run: (path, commands, timeout) =>
    withClient(path, timeout, async (client) => {
      for (const { tolerate, ...command } of commands) {
        const done = client.execute(command, timeout);
        await (tolerate === 'absent' ? done.catch(unlessAbsent) : done);
      }
    }),
  detach: (path, ids, timeout) => withClient(path, answer, (client) => detach(client, ids, timeout)),
};

/** ms for an answer of a QEMU that is at work */
const answer = 5_000;

/** Names of what was given to it by name, of which hotplug is the one that changes (QEMU, qom/object.c: `/machine/peripheral`). */
export function queryPeripherals(path: string): Promise<readonly string[] | undefined> {
  return unlessBusy(() => namesIn(path));
}

/** ms for which this process may be busy with something else without missing an answer */
const busy = 100;

/** While this process itself was busy, with a walk over all devices say, nobody was heard: it asks once more then. */
async function unlessBusy<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  let [last, longest] = [performance.now(), 0];
  const look = (): void => {
    const now = performance.now();
    [last, longest] = [now, Math.max(longest, now - last)];
  };
  const meter = setInterval(look, 20);
  const answered = await ask().finally(() => clearInterval(meter));
  look();
  return answered === undefined && longest > busy ? ask() : answered;
}

async function namesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    return await withClient(path, patience, (client) => peripheralsOf(client, patience));
  } catch {
    return undefined;
  }
}

async function peripheralsOf(client: QmpClient, timeout: number): Promise<readonly string[]> {
  const list = { execute: 'qom-list', arguments: { path: '/machine/peripheral' } };
  const entries = await client.execute(list, timeout);
  return (Array.isArray(entries) ? entries : []).flatMap((entry) => text(fields(entry)?.['name']) ?? []);
}

/** The machine is asked once; whether it has let go is told by what is left, as an event may have come before. */
async function detach(
  client: QmpClient,
  ids: readonly string[],
  timeout: number,
): Promise<readonly string[]> {
  const deadline = performance.now() + timeout;
  const left = async (): Promise<readonly string[]> => {
    const there = await peripheralsOf(client, answer);
    return ids.filter((id) => there.includes(id));
  };
  const [first] = await left();
  if (first === undefined) return [];
  await client.execute({ execute: 'device_del', arguments: { id: first } }, answer).catch(unlessPending);
  for (;;) {
    const remaining = await left();
    const patience = deadline - performance.now();
    if (remaining.length === 0 || patience <= 0) return remaining;
    await client.event('DEVICE_DELETED', Math.min(patience, 1_000)).catch(unlessLate);
  }
}

/** QEMU, qapi/error.json: `DeviceNotFound`. */
function unlessAbsent(error: unknown): void {
  if (!(error instanceof NovaError) || !/Device '[^']*' not found/.test(error.message)) throw error;
}

/** It was asked before, and has not done it yet. */
function unlessPending(error: unknown): void {
  if (!(error instanceof NovaError) || !/already in the process of unplug/.test(error.message)) throw error;
}

function unlessLate(error: unknown): void {
  if (!(error instanceof NovaError) || error.code !== 'host.timeout') throw error;
}

async function withClient<T>(
  path: string,
  timeout: number,
  use: (client: QmpClient) => Promise<T>,
): Promise<T> {
  const client = await connectQmp(path, timeout);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

function statusIn(answer: unknown): string | undefined {
  const status =
    typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : undefined;
  return typeof status === 'string' ? status : undefined;
}

function isNotYet(error: unknown): boolean {
  const cause = error instanceof NovaError ? error.cause : error;
  return ['ENOENT', 'ECONNREFUSED'].includes(errorCode(cause) ?? '');
}
