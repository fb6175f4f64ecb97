import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryManifest } from '../../fixtures/arbitraries.ts';
import { contentOf, plainStyle } from '../../fixtures/printNovaFile.ts';
import { keysOf } from '../../schema/keys.ts';
import { declaredKinds } from '../../schema/kinds.ts';
import type { Kind } from '../../schema/manifest.ts';

/** What a table may say, but never with another value than the default. */
const impossible: Partial<Record<Kind, readonly string[]>> = {
  network: ['lifecycle.create_before_destroy'],
  volume: ['lifecycle.create_before_destroy'],
  gpu: ['lifecycle.create_before_destroy', 'lifecycle.ignore_changes'],
  // Read as a key, and refused: it is for a machine.
  container: ['gpus[].mdev'],
};

/** How many manifests are looked at: each key is in many of them. */
const sampled = 2_000;

describe('the generators', () => {
  const manifests = fc.sample(arbitraryManifest({ everything: true }), { numRuns: sampled, seed: 1 });
  const resources = manifests.flatMap((manifest) => manifest.resources);
  const written = Map.groupBy(resources, ({ kind }) => kind);

  it.for(declaredKinds)('make every key that a %s can have', (kind) => {
    const tables = (written.get(kind) ?? []).map((resource) => contentOf(resource, '/lab', plainStyle));
    const missing = keysOf(kind)
      .filter(({ path }) => !tables.some((table) => has(table, path)))
      .map(({ label }) => label)
      .filter((label) => impossible[kind]?.includes(label) !== true);
    expect(missing).toEqual([]);
  });
});

/** Of a list, in any of its items. */
function has(value: unknown, [key, ...below]: readonly string[]): boolean {
  if (key === undefined) return true;
  if (Array.isArray(value)) return value.some((item) => has(item, [key, ...below]));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return has((value as Record<string, unknown>)[key], below);
}
