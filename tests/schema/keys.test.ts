import { describe, expect, it } from 'vitest';

import { declaredKinds } from '../../schema/kinds.ts';
import { exampleFor, keysAt, keysOf } from '../../schema/keys.ts';
import { parseNovaFile } from '../../schema/parse.ts';
import { defaultOf, isOptional } from '../../schema/shape.ts';

const everyKey = declaredKinds.flatMap((kind) => keysOf(kind).map((key) => ({ kind, ...key })));

describe('the keys of every kind', () => {
  it.for(everyKey)(
    '$kind $label says what it means, its default, and what changing it does',
    ({ path, schema, doc, kind }) => {
      expect(doc?.what).toMatch(/^[A-Z`].*[.)]$/s);
      const told = doc?.without !== undefined || defaultOf(schema) !== undefined || !isOptional(schema);
      expect(told, 'a default').toBe(true);
      if (path.length === 1) expect(doc?.change, 'what changing it does').toBeDefined();
      if (doc?.note !== undefined) expect(doc.note).toMatch(/^[A-Z].*\.$/);
      expect(exampleFor(kind, path)).toBe(doc?.example);
    },
  );

  it.for(everyKey)('$kind $label has an example that is a good line', async ({ kind, doc, path }) => {
    const line = doc?.example ?? '';
    expect(line.startsWith(path[0] ?? '')).toBe(true);
    const parsed = await parseNovaFile({ text: novaFileWith(kind, line), file: '/srv/NovaFile.toml' });
    const codes = 'issues' in parsed ? parsed.issues.map(({ code, message }) => `${code} ${message}`) : [];
    // What it refers to is not there, nor what it goes with; and a field of one kind is none of another.
    expect(
      codes.filter(
        (code) =>
          !/^(?:reference|schema)\.missing|cannot be made beside|does not go with|which is no field/.test(
            code,
          ),
      ),
    ).toEqual([]);
  });
});

describe('keysAt', () => {
  it.for([
    { path: ['limits'], keys: ['memory', 'cpu', 'pids', 'io', 'disk'], reason: 'an inner table' },
    { path: ['gpus', 0], keys: ['name', 'vf', 'mdev'], reason: 'a table in an array, or one of its forms' },
    { path: ['env'], keys: [], reason: 'keys of its own are not known' },
    { path: ['nothing'], keys: [], reason: 'no key' },
  ])('$path: $reason', ({ path, keys }) => {
    expect(keysAt('container', path)).toEqual(keys);
  });
});

/** What a table of that kind cannot be without, and what the line may need. */
function novaFileWith(kind: string, line: string): string {
  const needed: Readonly<Record<string, readonly string[]>> = {
    network: ['subnet = "192.168.77.1/24"', 'subnet6 = "fd00:77::1/64"'],
    container: ['capsule = "./rootfs"'],
    image: [],
    vm: ['image = "./disk.qcow2"'],
    gpu: [],
    volume: [],
  };
  const key = line.split(' ')[0] ?? '';
  const own = (needed[kind] ?? []).filter((other) => !other.startsWith(`${key} `));
  return `project = "lab"\n[${kind}.x]\n${[...own, line].join('\n')}\n`;
}
