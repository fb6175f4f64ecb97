import { connect } from 'node:net';

import { NovaError } from '../../schema/errors.ts';
import type { QmpCommand } from './host.ts';
import { jsonLines } from './jsonLines.ts';
import { fields, text } from './toolOutput.ts';

/** Something that happened in QEMU, as `POWERDOWN`. */
export interface QmpEvent {
  readonly name: string;
  readonly data: unknown;
}

/** One conversation with a QEMU. A socket takes one client at a time; another one waits for its turn. */
export interface QmpClient {
  /**
   * What the command returns. Rejects with `host.timeout`, or `host.command` when QEMU refuses it or goes away.
   * @param timeout ms
   */
  execute(command: QmpCommand, timeout: number): Promise<unknown>;
  /** The next event of that name; one that came since the last call counts. Rejects with `host.timeout`. */
  event(name: string, timeout: number): Promise<QmpEvent>;
  close(): void;
}

/**
 * Connects, and ends the negotiation (QEMU, docs/interop/qmp-spec.txt, section 4): greeting, then `qmp_capabilities`.
 * @param timeout ms for all of it
 */
export async function connectQmp(path: string, timeout: number): Promise<QmpClient> {
  const socket = connect(path);
  const greeting = Promise.withResolvers<void>();
  const waiting = new Map<string, PromiseWithResolvers<unknown>>();
  const events = createEvents();
  let counter = 0;

  const end = (error: NovaError): void => {
    for (const each of [greeting, ...waiting.values()]) each.reject(error);
    events.end(error);
    waiting.clear();
  };
  // Nobody may be waiting for it.
  greeting.promise.catch(() => undefined);
  socket.on(
    'data',
    jsonLines((line) => receive(fields(line) ?? {})),
  );
  socket.on('error', (cause) => end(broken(path, cause)));
  socket.on('close', () => end(broken(path)));

  const receive = (message: Readonly<Record<string, unknown>>): void => {
    if ('QMP' in message) greeting.resolve();
    const name = text(message['event']);
    if (name !== undefined) events.add({ name, data: message['data'] });
    const asked = waiting.get(text(message['id']) ?? '');
    const refusal = fields(message['error']);
    if (refusal !== undefined) asked?.reject(refused(path, text(refusal['desc']) ?? 'it gave no reason'));
    else if ('return' in message) asked?.resolve(message['return']);
  };

  const execute = async (command: QmpCommand, ms: number): Promise<unknown> => {
    const id = `nova-${(counter += 1)}`;
    const answer = Promise.withResolvers<unknown>();
    if (socket.destroyed) throw broken(path);
    waiting.set(id, answer);
    socket.write(`${JSON.stringify({ ...command, id })}\n`);
    try {
      return await within(answer.promise, ms, () => slow(path, command.execute, ms));
    } finally {
      waiting.delete(id);
    }
  };

  const close = (): void => void socket.destroy();
  try {
    const began = performance.now();
    await within(greeting.promise, timeout, () => slow(path, 'its greeting', timeout));
    await execute({ execute: 'qmp_capabilities' }, Math.max(1, timeout - (performance.now() - began)));
  } catch (error) {
    close();
    throw error;
  }
  return {
    execute,
    event: (name, ms) => within(events.next(name), ms, () => slow(path, `event ${name}`, ms)),
    close,
  };
}

function createEvents() {
  const seen: QmpEvent[] = [];
  const waiting: { readonly name: string; readonly promised: PromiseWithResolvers<QmpEvent> }[] = [];
  return {
    add: (event: QmpEvent): void => {
      const index = waiting.findIndex(({ name }) => name === event.name);
      if (index === -1) seen.push(event);
      else waiting.splice(index, 1)[0]?.promised.resolve(event);
    },
    next: (name: string): Promise<QmpEvent> => {
      const index = seen.findIndex((event) => event.name === name);
      const [event] = index === -1 ? [] : seen.splice(index, 1);
      if (event !== undefined) return Promise.resolve(event);
      const promised = Promise.withResolvers<QmpEvent>();
      waiting.push({ name, promised });
      return promised.promise;
    },
    end: (error: NovaError): void => waiting.splice(0).forEach(({ promised }) => promised.reject(error)),
  };
}

async function within<T>(work: Promise<T>, ms: number, late: () => NovaError): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(late()), ms);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function slow(path: string, what: string, ms: number): NovaError {
  return new NovaError(
    'host.timeout',
    `QEMU behind ${path} did not answer ${what} within ${Math.ceil(ms)} ms`,
    {
      hint: 'see whether the machine is overloaded, or whether another program holds its socket',
    },
  );
}

function refused(path: string, words: string): NovaError {
  return new NovaError('host.command', `QEMU behind ${path} refused: ${words}`, {
    hint: 'its words say what to mend',
  });
}

function broken(path: string, cause?: unknown): NovaError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new NovaError('host.command', `the connection to QEMU behind ${path} is lost${why}`, {
    hint: 'see whether it still runs',
    cause,
  });
}
