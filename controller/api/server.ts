import websocket from '@fastify/websocket';
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { z } from 'zod';

import { type Role, roles } from '../../stateStore/accessState.ts';
import { toNovaError } from '../../schema/errors.ts';
import { redact } from '../secrets/redact.ts';
import { openApiDocument } from './document.ts';
import type { EventStreams } from './eventStreams.ts';
import { serveExec } from './exec.ts';
import { Problem } from './models.ts';
import { queryReader } from './reading.ts';
import { type Asked, type Caller, Refusal, type Route } from './route.ts';
import { routesOf } from './routes.ts';
import type { Served } from './sources.ts';

export interface ApiOptions extends Served {
  readonly streams: EventStreams;
  /** Who a request is from; undefined: nobody who may know anything. */
  readonly identify: (request: FastifyRequest) => Caller | undefined;
  /** Certificate and key; undefined on a socket of this machine. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** bytes */
const bodyLimit = 64 * 1024;
/** Open at a time, event streams among them. */
const maximumConnections = 1200;
/** ms that a request may take to come in, so that a slow one does not hold its place */
const requestTimeout = 10_000;

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
  interface FastifyContextConfig {
    role?: Role;
    changes?: boolean;
  }
}

/** What answers on the control socket, and with TLS and tokens on a port; not listening yet. */
export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const server = makeServer(options);
  server.server.maxConnections = maximumConnections;
  server.removeContentTypeParser('text/plain');
  server.addHook('onRequest', async (request, reply) => admit(request, reply, options));
  server.setValidatorCompiler(({ schema, httpPart }) => validatorOf(schema as z.ZodType, httpPart));
  server.setSerializerCompiler(
    ({ schema }) =>
      (data) =>
        JSON.stringify((schema as z.ZodType).parse(data)),
  );
  // What tools and capsules say may hold what they were given; no answer repeats it.
  server.addHook('onSend', async (_, __, payload) =>
    typeof payload === 'string' ? redact(payload) : payload,
  );
  server.setErrorHandler<FastifyError>((error, _, reply) => refuse(reply, error));
  server.setNotFoundHandler((_, reply) => {
    void refuse(
      reply,
      new Refusal(404, 'usage', 'there is nothing here', 'GET /v1/openapi.json tells what there is'),
    );
  });
  await server.register(websocket, { options: { maxPayload: 1024 * 1024 } });
  const routes = routesOf(options);
  const document = openApiDocument(routes, options.version);
  server.get('/v1/openapi.json', { config: { role: 'view' } }, () => document);
  for (const route of routes) addRoute(server, route, options);
  return server;
}

function makeServer({ tls }: ApiOptions): FastifyInstance {
  const common = {
    bodyLimit,
    logger: false as const,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    requestTimeout,
    // Before any hook: nothing is said that whoever asks did not say.
    frameworkErrors: (_: unknown, __: unknown, reply: FastifyReply) =>
      void refuse(reply, new Refusal(400, 'usage', 'this is no path')),
  };
  if (tls === undefined) return fastify(common);
  return fastify({ ...common, https: { ...tls, minVersion: 'TLSv1.2' } });
}

function addRoute(server: FastifyInstance, route: Route, options: ApiOptions): void {
  const url = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
  const { query, body, role, answer, method, run } = route;
  const config = { role, changes: method === 'POST' || answer === 'socket' };
  const read = { ...(query && { querystring: query }), ...(body && { body }) };
  if (answer === 'socket')
    return void server.route({
      method: 'GET',
      url,
      config,
      schema: read,
      handler: () => {
        throw new Refusal(426, 'usage', 'this is a WebSocket', 'ask for an upgrade');
      },
      wsHandler: (socket, request) => serveExec(socket, askedBy(request), options),
    });
  if (answer === 'events')
    return void server.get(url, { config }, (request, reply) => options.streams.open(request, reply));
  const response =
    answer === 'text' ? {} : { response: { [answer.status]: answer.schema, '4xx': Problem, '5xx': Problem } };
  server.route({
    method,
    url,
    config,
    schema: { ...read, ...response },
    handler: async (request, reply) => {
      const value = await run?.(askedBy(request));
      return answer === 'text'
        ? reply.type('text/plain; version=0.0.4; charset=utf-8').send(value)
        : reply.code(answer.status).send(value);
    },
  });
}

function askedBy({ caller, params, query, body }: FastifyRequest): Asked {
  if (caller === undefined) throw new Refusal(401, 'host.permission', 'who is asking?');
  return { caller, params: params as Asked['params'], query: query as Asked['query'], body };
}

/** Who cannot say who they are learns nothing, not even whether something is there. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { identify, store }: ApiOptions,
): Promise<FastifyReply | undefined> {
  const caller = identify(request);
  if (caller === undefined) {
    reply.header('www-authenticate', 'Bearer');
    return refuse(reply, new Refusal(401, 'host.permission', 'a token is needed'));
  }
  request.caller = caller;
  const { role, changes = false } = request.routeOptions.config;
  if (role === undefined || roles.indexOf(caller.role) >= roles.indexOf(role)) return undefined;
  const message = `this needs the role ${role}, and ${caller.actor} has ${caller.role}`;
  if (changes) {
    const about = {
      action: request.routeOptions.url ?? '',
      subject: request.url.slice(0, 200),
      plan: undefined,
    };
    store.addAudit({ ...about, actor: caller.actor, outcome: 'refused', detail: message });
  }
  return refuse(reply, new Refusal(403, 'host.permission', message, 'ask for a token with that role'));
}

function validatorOf(schema: z.ZodType, part: string | undefined) {
  const before = part === 'querystring' ? queryReader(schema as z.ZodObject) : (value: unknown) => value;
  return (data: unknown) => {
    // No body comes as null where its type says JSON.
    const read = schema.safeParse(before(data ?? undefined));
    if (read.success) return { value: read.data };
    const words = read.error.issues.map(({ path, message }) => `${[part, ...path].join('.')}: ${message}`);
    return { error: new Refusal(400, 'usage', words.join('; ')) };
  };
}

/** bytes of a message that are told */
const longest = 2000;

function refuse(reply: FastifyReply, error: FastifyError | Refusal): FastifyReply {
  if (error instanceof Refusal) return said(reply, error.status, error.code, error.message, error.hint);
  const status = error.statusCode;
  if (status !== undefined && status >= 400 && status < 500)
    return said(reply, status, 'usage', error.message);
  const { code, message, hint } = toNovaError(error);
  const isOurs = code === 'internal';
  return said(reply, isOurs ? 500 : 503, code, message, hint);
}

function said(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  hint?: string,
): FastifyReply {
  const problem = { code, message: message.slice(0, longest), hint: hint ?? null };
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(problem);
}
