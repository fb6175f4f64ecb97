import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { kinds, registry } from '../../reconcilers/registry.ts';
import { declaredKinds } from '../../schema/kinds.ts';

const folder = resolve(import.meta.dirname, '../../reconcilers');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');

describe('the registry', () => {
  it('has every kind that can be declared, and every folder beside it but the ports', () => {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const ofKinds = folders.map(({ name }) => name).filter((name) => name !== 'host');
    expect(kinds.toSorted()).toEqual([...declaredKinds].toSorted());
    expect(kinds.toSorted()).toEqual(ofKinds.toSorted());
  });

  it('names each kind after those that it uses', () => {
    for (const kind of kinds) {
      for (const used of registry[kind].uses) expect(kinds.indexOf(used)).toBeLessThan(kinds.indexOf(kind));
    }
  });
});

describe('the page "Add a kind in five steps"', () => {
  const files = [...readme.matchAll(/^\| `([a-z]+\.ts)` \|/gm)].map(([, file]) => file ?? '');

  it.each(kinds)('is true of %s', (kind) => {
    expect(files).toEqual(['index.ts', 'observe.ts', 'diff.ts', 'converge.ts']);
    for (const file of files) expect(existsSync(join(folder, kind, file)), `${kind}/${file}`).toBe(true);
    expect(existsSync(resolve(folder, `../schema/${kind}.ts`))).toBe(true);
  });

  it('has five steps, and names files that are there', () => {
    const steps = readme.slice(readme.indexOf('## Add a kind'), readme.indexOf('## The ports'));
    expect(steps.match(/^[1-5]\. /gm)).toHaveLength(5);
    const named = [...steps.matchAll(/`([a-zA-Z/]+(?:\.ts|\/))`/g)].map(([, path]) => path ?? '');
    expect(named.length).toBeGreaterThan(5);
    for (const path of named) {
      const there = [path, `reconcilers/${path}`].some((each) => existsSync(resolve(folder, '..', each)));
      expect(there, path).toBe(true);
    }
  });
});
