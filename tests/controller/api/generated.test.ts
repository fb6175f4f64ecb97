import { Agent } from 'node:http';

import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Document, requestsOf } from './requests.ts';
import { file, send, serve, type ServedWorld } from './served.ts';

/** 500 in CI; outside of it as many as are asked for, or 10,000. */
const runs = Number(process.env['NOVA_API_REQUESTS'] ?? (process.env['CI'] === undefined ? 10_000 : 500));

describe('the OpenAPI document', () => {
  let world: ServedWorld;
  let document: Document;
  beforeAll(async () => {
    world = await serve();
    await world.simulation.push('one', file('a', 'b'));
    document = Document.parse(JSON.parse((await world.ask('GET', '/v1/openapi.json')).text));
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it('is OpenAPI 3.1, and has an operation for each thing that can be asked for', async () => {
    const validator = new Validator();
    const { text } = await world.ask('GET', '/v1/openapi.json');
    expect(await validator.validate(JSON.parse(text) as Record<string, unknown>)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    for (const verb of ['apply', 'approve', 'reconcile', 'suspend', 'resume'])
      expect(operations).toContain(`post /v1/sources/{name}/${verb}`);
    for (const noun of ['status', 'sources', 'events', 'events/stream', 'audit'])
      expect(operations).toContain(`get /v1/${noun}`);
    for (const noun of ['plan', 'drift', 'logs/{container}', 'exec/{container}'])
      expect(operations).toContain(`get /v1/sources/{name}/${noun}`);
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map((each) => each?.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it(
    'law: no request that it can make is answered with a 500, or outside of its schema',
    { timeout: 600_000 },
    async () => {
      const schemas = compiled(document);
      const agent = new Agent({ keepAlive: true, maxSockets: 4 });
      const { hash } = await planned(world);
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(
          requestsOf(document, ['lab', 'a', hash]),
          async ({ path, method, url, body, type }) => {
            const { status, headers, text } = await send(
              {
                socketPath: world.socket,
                agent,
                method: method.toUpperCase(),
                path: url,
                headers: type === '' ? {} : { 'content-type': type },
              },
              body,
            );
            seen.set(`${method} ${path} ${status}`, (seen.get(`${method} ${path} ${status}`) ?? 0) + 1);
            const answers = schemas.get(`${method} ${path}`);
            const declared = answers?.get(String(status)) ?? answers?.get(`${Math.floor(status / 100)}XX`);
            if (declared === undefined) throw new Error(`${status} is not declared: ${text}`);
            const [media = ''] = (headers['content-type'] ?? '').split(';');
            const valid = declared.get(media);
            if (valid === undefined) throw new Error(`${media} is not declared for ${status}: ${text}`);
            if (media === 'application/json' && !valid(JSON.parse(text)))
              throw new Error(`${text}: ${JSON.stringify(valid.errors)}`);
          },
        ),
        { numRuns: runs },
      );
      agent.destroy();
      // It did get through to where something is done.
      for (const told of ['get /v1/sources/{name}/plan 200', 'post /v1/sources/{name}/suspend 202'])
        expect(seen.get(told), told).toBeGreaterThan(0);
      expect([...seen.keys()].filter((key) => / 5\d\d$/.test(key))).toEqual([]);
    },
  );
});

async function planned(world: ServedWorld): Promise<{ readonly hash: string }> {
  const { status, text } = await world.ask('GET', '/v1/sources/lab/plan');
  expect(status).toBe(200);
  return { hash: (JSON.parse(text) as { plan_hash: string }).plan_hash };
}

type Answers = ReadonlyMap<string, ReadonlyMap<string, ValidateFunction>>;

function compiled({ paths, components }: Document): ReadonlyMap<string, Answers> {
  const ajv = new Ajv2020({ strict: false });
  const withComponents = (schema: Record<string, unknown>) => ({ ...schema, components });
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): readonly [string, Answers] => [
      `${method} ${path}`,
      new Map(
        Object.entries(operation?.responses ?? {}).map(([status, { content = {} }]) => [
          status,
          new Map(
            Object.entries(content).map(([media, { schema }]) => [
              media,
              ajv.compile(withComponents(schema)),
            ]),
          ),
        ]),
      ),
    ]),
  );
  return new Map(all);
}
