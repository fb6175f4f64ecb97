import { createServer, type Server, type Socket } from 'node:net';

import { jsonLines } from '../../../reconcilers/host/jsonLines.ts';
import type { Answer } from '../inside/protocol.ts';
import type { KeeperRequest } from './protocol.ts';

export type Serve = (request: KeeperRequest, signal: AbortSignal) => Promise<unknown>;

/**
 * Lets many clients ask one lab. What a client has started inside ends with its connection.
 * @param name of the socket, in no folder (unix(7): abstract)
 */
export async function openBroker(name: string, serve: Serve): Promise<Server> {
  const server = createServer((client) => attend(client, serve));
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(`\0${name}`, listening.resolve);
  await listening.promise;
  return server;
}

function attend(client: Socket, serve: Serve): void {
  const gone = new AbortController();
  client.on('error', () => undefined);
  client.on('close', () => gone.abort());
  const reply = (line: Answer) => client.writable && client.write(`${JSON.stringify(line)}\n`);
  client.on(
    'data',
    jsonLines((line) => {
      const { id, ...request } = line as { id: string } & KeeperRequest;
      serve(request, gone.signal)
        .then((result) => reply({ id, result: result ?? null }))
        .catch((error: unknown) =>
          reply({ id, error: error instanceof Error ? error.message : String(error) }),
        );
    }),
  );
}
