import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import Ajv from 'ajv-draft-04';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';

import { novaFileSchema } from '../../schema/jsonSchema.ts';
import { parseNovaFile } from '../../schema/parse.ts';

const folder = fileURLToPath(new URL('../../fixtures/novafiles', import.meta.url));
const committed = fileURLToPath(new URL('../../schema/novafile.schema.json', import.meta.url));
const validate = new Ajv.default({ strict: true, strictTypes: false }).compile(novaFileSchema());

describe('the JSON Schema of a NovaFile', () => {
  it('is the one that is committed', () => {
    const made = `${JSON.stringify(novaFileSchema(), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(committed, made);
    expect(made).toBe(existsSync(committed) ? readFileSync(committed, 'utf8') : '');
  });

  it.for(tomlIn('good'))('takes the good NovaFile %s', (name) => {
    expect(errorsOf(`good/${name}.toml`)).toEqual([]);
  });

  it('refuses every wrong NovaFile that a schema can refuse', async () => {
    const passing = await Promise.all(
      tomlIn('bad').map(async (name) => {
        const text = readFileSync(`${folder}/bad/${name}.toml`, 'utf8');
        const parsed = await parseNovaFile({ text, file: '/srv/lab/NovaFile.toml' });
        const [issue] = 'issues' in parsed ? parsed.issues : [];
        if (issue?.code.startsWith('schema.') !== true) return [];
        return errorsOf(`bad/${name}.toml`).length === 0 ? [name] : [];
      }),
    );
    const found = passing.flat();
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(beyond, `${JSON.stringify(found, null, 2)}\n`);
    expect(found).toEqual(JSON.parse(readFileSync(beyond, 'utf8')));
  });

  it('says of each key what the reference says', () => {
    const { definitions } = novaFileSchema() as { definitions: Record<string, { properties: object }> };
    expect(definitions['network']?.properties).toMatchObject({
      mtu: {
        description:
          'The largest packet: 576 (RFC 791) to 65535; with IPv6 at least 1280 (RFC 8200). In bytes. Default: 1500. Machines that run are told by DHCP, and otherwise when they start again.',
      },
    });
  });
});

/** What no JSON Schema says: how values go together, what one reads within a text, and what is looked up elsewhere. */
const beyond = `${folder}/beyondSchema.json`;

function tomlIn(kind: string): readonly string[] {
  const files = readdirSync(`${folder}/${kind}`).filter((file) => file.endsWith('.toml'));
  return files.map((file) => file.slice(0, -'.toml'.length)).toSorted();
}

function errorsOf(file: string): readonly unknown[] {
  const document = parse(readFileSync(`${folder}/${file}`, 'utf8'), { integersAsBigInt: 'asNeeded' });
  return validate(withNumbers(document)) ? [] : (validate.errors ?? []);
}

/** Numbers of any size are numbers to a validator. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNumbers(inner)]));
}
