import type { Duplex } from 'node:stream';

import { jsonLines } from '../../../reconcilers/host/jsonLines.ts';
import type { Answer, Request } from '../inside/protocol.ts';

/** The agent inside, asked by many at once over one port. */
export interface Agent {
  /** Resolves when it has said hello. */
  readonly up: Promise<void>;
  /** @param signal ends what was started for it inside */
  ask(request: Request, signal?: AbortSignal): Promise<unknown>;
  /** Nobody will answer any more. */
  end(why: string): void;
}

export function createAgent(port: Duplex): Agent {
  const up = Promise.withResolvers<void>();
  const waiting = new Map<string, PromiseWithResolvers<unknown>>();
  let counter = 0;
  up.promise.catch(() => undefined);
  port.on('error', () => undefined);
  port.on(
    'data',
    jsonLines((line) => {
      const { id, result, error } = line as Answer;
      if (id === 'hello') up.resolve();
      if (error === undefined) waiting.get(id)?.resolve(result);
      else waiting.get(id)?.reject(new Error(error));
    }),
  );
  const send = (id: string, request: Request) => port.write(`${JSON.stringify({ id, ...request })}\n`);
  return {
    up: up.promise,
    ask: async (request, signal) => {
      const id = `${(counter += 1)}`;
      const asked = Promise.withResolvers<unknown>();
      waiting.set(id, asked);
      const cancel = () => send(`${id} cancelled`, { do: 'cancel', of: id });
      signal?.addEventListener('abort', cancel);
      send(id, request);
      return await asked.promise.finally(() => {
        waiting.delete(id);
        signal?.removeEventListener('abort', cancel);
      });
    },
    end: (why) => {
      for (const each of [up, ...waiting.values()]) each.reject(new Error(why));
    },
  };
}
