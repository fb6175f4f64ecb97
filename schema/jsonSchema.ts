import { z } from 'zod';

import { automatics } from './automatics.ts';
import { docOf, type KeyDoc } from './key.ts';
import { declaredKinds } from './kinds.ts';
import type { Kind } from './manifest.ts';
import { patternOf } from './names.ts';
import { SecretsTable } from './secret.ts';
import { defaultOf } from './shape.ts';
import { tables } from './tables.ts';
import { topLevel } from './topLevel.ts';
import { formOf } from './values.ts';

type Json = Record<string, unknown>;

/** A JSON Schema (draft 4, as taplo reads it) of a NovaFile and of the files that one includes. */
export function novaFileSchema(): Json {
  const kinds = Object.fromEntries(declaredKinds.map((kind) => [kind, resourcesOf(kind)]));
  const all = { type: 'object', additionalProperties: false };
  const defaults = {
    ...all,
    properties: Object.fromEntries(declaredKinds.map((kind) => [kind, { $ref: `#/definitions/${kind}` }])),
  };
  const vars = { type: 'object' };
  const move = {
    ...all,
    properties: { from: { type: 'string' }, to: { type: 'string' } },
    required: ['from', 'to'],
  };
  const own: Json = {
    project: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$' },
    include: { type: 'array', items: { type: 'string' } },
    vars,
    defaults,
    profile: {
      type: 'object',
      additionalProperties: { ...all, properties: { vars, defaults, ...kinds } },
    },
    auto: { type: 'array', items: { enum: [...automatics] } },
    limits: filledIn({
      ...all,
      properties: {
        overcommit: { ...all, properties: { cpu: { type: 'number' }, memory: { type: 'number' } } },
        vms: { type: 'integer', minimum: 0 },
      },
    }),
    secrets: schemaOf(SecretsTable),
    moved: { type: 'array', items: move },
  };
  const said = Object.entries(own).map(([name, schema]) => [
    name,
    { ...(schema as Json), ...descriptionOf(name) },
  ]);
  return {
    $schema: 'http://json-schema.org/draft-04/schema#',
    title: 'NovaFile',
    ...all,
    properties: { ...Object.fromEntries(said), ...kinds } as Json,
    definitions: {
      filledIn: { type: 'string', pattern: '\\$\\{', description: 'Filled in from a variable.' },
      ...Object.fromEntries(declaredKinds.map((kind) => [kind, tableOf(kind)])),
    },
  };
}

function descriptionOf(name: string): Json {
  return { description: topLevel[name]?.what ?? '' };
}

function resourcesOf(kind: Kind): Json {
  return {
    type: 'object',
    description: `Resources of kind ${kind}, by name.`,
    additionalProperties: false,
    patternProperties: { [patternOf(kind)]: { $ref: `#/definitions/${kind}` } },
  };
}

/** Nothing is required of a table as a whole: defaults or a profile may say it. */
function tableOf(kind: Kind): Json {
  const { required: _, properties, ...rest } = schemaOf(tables[kind]);
  const for_each = {
    description:
      'Stands for as many resources as it has keys or texts; `${each.key}` and `${each.value}` tell them apart.',
    anyOf: [{ type: 'object' }, { type: 'array', items: { type: 'string' } }, reference],
  };
  return { ...rest, properties: { ...(properties as Json), for_each } };
}

function schemaOf(type: z.ZodType): Json {
  const schema = z.toJSONSchema(type, {
    target: 'draft-4',
    io: 'input',
    unrepresentable: () => ({ not: {} }),
    override: ({ zodSchema, jsonSchema }) => {
      const pattern = formOf(zodSchema)?.pattern;
      if (pattern !== undefined) jsonSchema.pattern = pattern;
      const doc = docOf(zodSchema);
      if (doc !== undefined) jsonSchema.description = described(doc, defaultOf(zodSchema));
      // Draft 4 knows neither of readOnly nor of propertyNames, and a default is told in words.
      delete jsonSchema.default;
      delete jsonSchema.readOnly;
      delete jsonSchema.propertyNames;
    },
  });
  const { $schema: _, ...rest } = filledIn(schema) as Json;
  return rest;
}

function described({ what, unit, without, note }: KeyDoc, value: unknown): string {
  const standard = without ?? (value === undefined ? undefined : JSON.stringify(value));
  return [
    what,
    ...(unit === undefined ? [] : [`In ${unit}.`]),
    ...(standard === undefined ? [] : [`Default: ${standard}.`]),
    ...(note === undefined ? [] : [note]),
  ].join(' ');
}

const reference = { $ref: '#/definitions/filledIn' };

/** With `${var.…}` in place of any value within. */
function filledIn(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const inner = Object.entries(schema).map(([name, value]): [string, unknown] => {
    if (name === 'properties' && isRecord(value))
      return [name, Object.fromEntries(Object.entries(value).map(([key, each]) => [key, orFilledIn(each)]))];
    if (name === 'items' || (name === 'additionalProperties' && isRecord(value)))
      return [name, orFilledIn(value)];
    if (name === 'anyOf' && Array.isArray(value)) return [name, value.map(filledIn)];
    return [name, value];
  });
  return Object.fromEntries(inner);
}

function orFilledIn(schema: unknown): unknown {
  const within = filledIn(schema);
  if (!isRecord(within)) return within;
  const { description, ...rest } = within;
  const free = rest['type'] === 'string' && rest['pattern'] === undefined && rest['enum'] === undefined;
  if (free) return within;
  const said = description === undefined ? {} : { description };
  return { ...said, anyOf: [rest, reference] };
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
