import { z } from 'zod';

import { Problem } from './models.ts';
import { paramsIn, type Route } from './route.ts';

type Json = Record<string, unknown>;

/** Pure: what can be asked for, as OpenAPI 3.1 (spec.openapis.org); its schemas are those that requests are read with. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const item = (paths[route.path] ??= {});
    item[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Nova controller',
      version,
      description: 'What a Nova controller tells and does, over its unix socket, or over TLS with a token.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem, 'output') },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    // On the unix socket its permissions decide.
    security: [{ token: [] }, {}],
  };
}

function operationOf(route: Route): Json {
  const { summary, role, body, query, answer, path, method } = route;
  const problem = {
    description: 'Why there is no answer',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return {
    operationId: operationIdOf(method, path),
    summary,
    description: `Needs the role \`${role}\`.`,
    parameters: [
      ...paramsIn(path).map(pathParameter),
      ...(query === undefined ? [] : queryParameters(query)),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }),
    responses: { ...goodAnswer(answer), '4XX': problem, '503': problem },
  };
}

/** `POST /v1/sources/{name}/apply` is `postSourcesNameApply`. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/\W+/).filter((word) => word !== '' && word !== 'v1');
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
}

function goodAnswer(answer: Route['answer']): Json {
  if (answer === 'socket') return { '101': { description: 'A WebSocket' } };
  if (answer === 'text')
    return { '200': { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } } };
  if (answer === 'events')
    return {
      '200': {
        description: 'Server-sent events; `Last-Event-ID` goes on after it',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
    };
  const content = { 'application/json': { schema: schemaOf(answer.schema, 'output') } };
  return { [answer.status]: { description: answer.status === 202 ? 'It is begun' : 'It', content } };
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string', minLength: 1, maxLength: 100 } };
}

function queryParameters(query: z.ZodObject): readonly Json[] {
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

/** A schema of ours as JSON Schema 2020-12, which OpenAPI 3.1 is written in; what it refers to stands in it. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const {
    $schema: _,
    id: __,
    ...json
  } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    reused: 'inline',
    unrepresentable: 'any',
  });
  return json;
}
