import fc from 'fast-check';
import { z } from 'zod';

const Schema = z.record(z.string(), z.unknown());
const Operation = z.object({
  operationId: z.string(),
  parameters: z.array(z.object({ name: z.string(), in: z.enum(['path', 'query']), schema: Schema })),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.object({ schema: Schema }) }) })
    .optional(),
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.object({ schema: Schema })).optional() }),
  ),
});
export const Document = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.partialRecord(z.enum(['get', 'post']), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
});
export type Document = z.infer<typeof Document>;

export interface Generated {
  readonly path: string;
  readonly method: 'get' | 'post';
  readonly url: string;
  readonly body: string | undefined;
  readonly type: string;
}

/** Any request that the document knows of: mostly as it says, and as often as not a little or quite wrong. */
export function requestsOf({ paths }: Document, names: readonly string[]): fc.Arbitrary<Generated> {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method: method as 'get' | 'post',
      operation,
    })),
  );
  return fc.constantFrom(...all).chain(({ path, method, operation }) => {
    const parameters = operation?.parameters ?? [];
    const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
    const inQuery = parameters.filter((each) => each.in === 'query');
    return fc
      .record({
        values: fc.tuple(...inPath.map(() => nameFrom(names))),
        query: fc.tuple(...inQuery.map(({ name, schema }) => queryOf(name, schema))),
        extra: fc.option(fc.tuple(fc.string(), fc.string()), { freq: 8 }),
        body: bodyOf(operation?.requestBody?.content['application/json'].schema),
        type: fc.constantFrom('application/json', 'application/json', 'text/plain', ''),
      })
      .map(({ values, query, extra, body, type }) => {
        const filled = inPath.reduce(
          (so, name, at) => so.replace(`{${name}}`, encoded(values[at] ?? '')),
          path,
        );
        const words = [
          ...query.flat(),
          ...(extra === null ? [] : [`${encoded(extra[0])}=${encoded(extra[1])}`]),
        ];
        return {
          path,
          method,
          url: words.length === 0 ? filled : `${filled}?${words.join('&')}`,
          body,
          type,
        };
      });
  });
}

function nameFrom(names: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 150 }) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', '..', '%', '%00', 'a/b', '\u0000') },
  );
}

function queryOf(name: string, schema: Record<string, unknown>): fc.Arbitrary<readonly string[]> {
  const value = fc.oneof(valueOf(schema).map(String), fc.string({ unit: 'binary' }));
  return fc.array(value, { maxLength: 2 }).map((values) => values.map((each) => `${name}=${encoded(each)}`));
}

function bodyOf(schema: Record<string, unknown> | undefined): fc.Arbitrary<string | undefined> {
  const json = fc.oneof(schema === undefined ? fc.jsonValue() : valueOf(schema), fc.jsonValue());
  return fc.oneof(
    { weight: 3, arbitrary: json.map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(undefined, '', '{', '"', '{"__proto__":{}}', 'x'.repeat(70_000)),
    },
  );
}

/** What a schema of ours allows. */
function valueOf(schema: Record<string, unknown>): fc.Arbitrary<unknown> {
  switch (schema['type']) {
    case 'integer':
      return fc.integer({
        min: Number(schema['minimum'] ?? -5),
        max: Math.min(Number(schema['maximum'] ?? 9), 2 ** 31 - 1),
      });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valueOf(schema['items'] as Record<string, unknown>), { minLength: 1, maxLength: 3 });
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema['properties'] as Record<string, Record<string, unknown>>).map(
            ([key, each]) => [key, valueOf(each)],
          ),
        ),
      );
    default:
      return fc.string({ minLength: 1, maxLength: 200 });
  }
}

/** Lone surrogates cannot be in a URL at all. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
