import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';

import { createEventStreams } from '../api/eventStreams.ts';
import type { Caller } from '../api/route.ts';
import { createApi } from '../api/server.ts';
import type { Served } from '../api/sources.ts';
import { callerBy } from '../api/tokens.ts';
import { addHooks, type HookSecrets } from './hooks.ts';
import { addLending } from './lending.ts';

export interface ControlOptions extends Served {
  /** Path of the socket: whoever may write to it, root and its group, may do everything here. */
  readonly socket: string;
  readonly secrets: HookSecrets;
  /** Where webhooks come in from elsewhere, as `127.0.0.1:8787`; nothing else is there. */
  readonly listen: string | undefined;
  /** Where the API is on the network: with TLS, and for who has a token. */
  readonly network?: { readonly address: string; readonly cert: string; readonly key: string };
}

export interface Control {
  /** There are new events. */
  told(): void;
  /** Event streams that are open. */
  streams(): number;
  close(): Promise<void>;
}

/** Answers on the control socket, and on the network where that is wanted: the API with tokens, and webhooks. */
export async function startControl(options: ControlOptions): Promise<Control> {
  const { controller, store, scope, network, listen } = options;
  const streams = createEventStreams(store, scope);
  const control = await createApi({ ...options, streams, identify: fromSocket });
  await control.register(async (hooks) => addHooks(hooks, controller, options.secrets));
  addLending(control, controller, store);
  await listenOn(control, options.socket);
  const opened: FastifyInstance[] = [control];
  if (network !== undefined) {
    const identify = ({ headers }: FastifyRequest) => callerBy(headers.authorization, store.tokens());
    const api = await createApi({ ...options, streams, identify, tls: network });
    await api.listen(placeOf(network.address));
    opened.push(api);
  }
  if (listen !== undefined) {
    const outside = fastify({ logger: false });
    addHooks(outside, controller, options.secrets);
    await outside.listen(placeOf(listen));
    opened.push(outside);
  }
  return {
    told: () => streams.wake(),
    streams: () => streams.count,
    async close() {
      streams.close();
      await Promise.all(opened.map((server) => server.close()));
      rmSync(options.socket, { force: true });
    },
  };
}

/** What a controller that was killed has left goes first: we have its lock. */
async function listenOn(server: FastifyInstance, socket: string): Promise<void> {
  mkdirSync(dirname(socket), { recursive: true });
  rmSync(socket, { force: true });
  const mask = process.umask(0o117);
  try {
    await server.listen({ path: socket });
  } finally {
    process.umask(mask);
  }
  chmodSync(socket, 0o660);
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(`http://${address}`);
  return { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) };
}

/** Whoever could open the socket is root or of its group, and may do everything; `nova` says for whom it runs. */
function fromSocket({ headers }: FastifyRequest): Caller {
  const said = headers['nova-user'];
  const user = typeof said === 'string' && /^[\w.@-]{1,64}$/.test(said) ? said : 'somebody';
  return { actor: `${user} over the socket`, role: 'admin' };
}
