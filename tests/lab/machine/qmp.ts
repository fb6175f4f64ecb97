import type { Duplex } from 'node:stream';

import { jsonLines } from '../../../reconcilers/host/jsonLines.ts';

export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A conversation with QEMU over an open socket, for the outside world of a machine. */
export interface Qmp {
  /** What the command returns; rejects with QEMU's own words. */
  execute(command: string, parameters?: object): Promise<unknown>;
  /** Everything that has happened so far, the oldest first. */
  readonly events: readonly QmpEvent[];
}

interface Message {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
}

/** Resolves when QEMU takes commands. */
export async function talkQmp(socket: Duplex): Promise<Qmp> {
  const events: QmpEvent[] = [];
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let counter = 0;
  const receive = (line: unknown): void => {
    const message = line as Message;
    if (message.event !== undefined) events.push(line as QmpEvent);
    const asked = waiting.get(message.id ?? 0);
    if (message.error !== undefined) asked?.reject(new Error(`QEMU: ${message.error.desc}`));
    else if ('return' in message) asked?.resolve(message.return);
  };
  const execute = async (command: string, parameters: object = {}): Promise<unknown> => {
    const asked = Promise.withResolvers<unknown>();
    const id = (counter += 1);
    waiting.set(id, asked);
    socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`);
    return await asked.promise.finally(() => waiting.delete(id));
  };
  socket.on('data', jsonLines(receive));
  socket.on('close', () => {
    for (const asked of waiting.values()) asked.reject(new Error('QEMU has ended'));
  });
  await execute('qmp_capabilities');
  return { execute, events };
}
