import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { fastify, type FastifyInstance } from 'fastify';

import { toNovaError } from '../../schema/errors.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import type { Controller } from '../loop/controller.ts';
import type { ProjectLoop } from '../loop/projectLoop.ts';
import { issueJson, issueOf } from '../render/issues.ts';
import { addHooks, type HookSecrets } from './hooks.ts';

export interface ControlOptions {
  readonly controller: Controller;
  readonly store: StateStore;
  readonly scope: string;
  /** Path of the socket: whoever may write to it, root and its group, may do everything here. */
  readonly socket: string;
  readonly secrets: HookSecrets;
  /** Where webhooks come in from elsewhere, as `127.0.0.1:8787`; nothing else is there. */
  readonly listen: string | undefined;
}

/** Answers on the control socket, and webhooks on a port where that is wanted. */
export async function startControl(options: ControlOptions): Promise<{ close(): Promise<void> }> {
  const control = createControl(options);
  mkdirSync(dirname(options.socket), { recursive: true });
  // What a controller that was killed has left: we have its lock.
  rmSync(options.socket, { force: true });
  const mask = process.umask(0o117);
  try {
    await control.listen({ path: options.socket });
  } finally {
    process.umask(mask);
  }
  chmodSync(options.socket, 0o660);
  const opened = [control];
  if (options.listen !== undefined) {
    const outside = fastify({ bodyLimit, logger: false });
    addHooks(outside, options.controller, options.secrets);
    const { hostname, port } = new URL(`http://${options.listen}`);
    await outside.listen({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
    opened.push(outside);
  }
  return {
    async close() {
      await Promise.all(opened.map((server) => server.close()));
      rmSync(options.socket, { force: true });
    },
  };
}

/** bytes; a forge tells of each commit of a push */
const bodyLimit = 8 * 1024 * 1024;

function createControl({ controller, store, scope, secrets }: ControlOptions): FastifyInstance {
  const server = fastify({ bodyLimit, logger: false, forceCloseConnections: true });
  addHooks(server, controller, secrets);
  server.setErrorHandler((error, _, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    return reply.code(status).send({ issues: [issueJson(issueOf(toNovaError(error)))] });
  });

  server.get('/v1/sources', () => ({
    scope,
    sources: [...controller.loops].map(([name, loop]) => tell(loop, controller.settled(name))),
  }));
  server.get<{ Querystring: { after?: string; limit?: string } }>('/v1/events', ({ query }) => {
    const limit = Math.min(Math.max(Number(query.limit ?? 100) || 0, 0), 1000);
    return { events: store.events(scope, { after: Number(query.after ?? 0) || 0, limit }) };
  });
  server.post<{ Params: { name: string; verb: string }; Querystring: { rewind?: string } }>(
    '/v1/sources/:name/:verb',
    ({ params, query }, reply) => {
      const loop = controller.loops.get(params.name);
      if (loop === undefined) return reply.code(404).send({ message: `there is no source ${params.name}` });
      const done = act(params.verb, loop, controller, params.name, query.rewind === 'true');
      if (done === undefined) return reply.code(404).send({ message: `a source cannot ${params.verb}` });
      return reply.send({ message: done });
    },
  );
  return server;
}

function act(
  verb: string,
  loop: ProjectLoop,
  controller: Controller,
  name: string,
  rewind: boolean,
): string | undefined {
  switch (verb) {
    case 'reconcile':
      controller.poke(name, { rewind });
      loop.retry();
      return `${name} is looked at, and what failed is tried again`;
    case 'suspend':
    case 'resume':
      loop.suspend(verb === 'suspend');
      return verb === 'suspend' ? `${name} rests until it is resumed` : `${name} goes on`;
    case 'approve': {
      const words = loop.approve();
      return words === undefined ? `nothing of ${name} waits` : `agreed: ${words}`;
    }
    default:
      return undefined;
  }
}

function tell({ recorder, file }: ProjectLoop, settled: boolean) {
  return { ...recorder.row, file, settled, conditions: recorder.conditions };
}
