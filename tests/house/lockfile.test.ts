import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const versions = z.record(z.string(), z.string()).default({});
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      dependencies: versions,
      devDependencies: versions,
      optionalDependencies: versions,
    }),
  ),
});

const root = join(import.meta.dirname, '../..');
const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));

/** As Node finds it: in the dependent's own node_modules, or in one above it. */
function isLocked(dependent: string, name: string): boolean {
  for (
    let folder = dependent;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    const found = packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (found !== undefined) return found.version !== undefined;
    if (folder === '') return false;
  }
}

describe('package-lock.json', () => {
  it('names no registry, so that everybody installs from their own', () => {
    const naming = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    expect(naming).toEqual([]);
  });

  it('has every dependency, those of other platforms too, without which npm ci refuses', () => {
    const missing = Object.entries(packages).flatMap(([path, entry]) => {
      const names = Object.keys({
        ...entry.dependencies,
        ...entry.devDependencies,
        ...entry.optionalDependencies,
      });
      return names.filter((name) => !isLocked(path, name)).map((name) => `${path}: ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
