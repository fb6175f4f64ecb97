import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Manifest } from '../../../schema/manifest.ts';
import { checkOut, entryAt, type Objects } from './checkout.ts';
import type { Limits } from './limits.ts';

/**
 * The manifest with everything that it names in the checkout of its commit under a name that says what is in it: the
 * name that git has for it. What a commit does not touch keeps its name, so nothing is restarted for it; two commits can
 * be looked at side by side; and no file is changed under what uses it.
 */
export async function withContent(
  manifest: Manifest,
  place: {
    /** Where the commit was checked out. */
    readonly checkout: string;
    /** What the path of the NovaFile is from now on, for every commit the same. */
    readonly file: string;
    /** How the place of a resource is told. */
    readonly shown: (file: string) => string;
    readonly folder: string;
    readonly commit: string;
    readonly objects: Objects;
    readonly limits: Limits;
  },
): Promise<Manifest> {
  const { checkout, folder, commit, objects, limits } = place;
  const names = new Map<string, string>();
  const specs = manifest.resources.map(({ spec }) => spec);
  for (const path of pathsIn(specs, checkout)) {
    const entry = await entryAt(objects, commit, path.slice(checkout.length));
    if (entry === undefined) continue;
    const mode = entry.mode === '100755' ? 'x' : '';
    const there = join(folder, 'content', `${entry.oid}${mode}`);
    const name = path === checkout ? 'tree' : basename(path);
    await checkOut(objects, entry, join(there, name), limits);
    names.set(path, join(there, name));
  }
  const resources = manifest.resources.map((resource) => ({
    ...resource,
    spec: renamed(resource.spec, names) as typeof resource.spec,
    at: { ...resource.at, file: place.shown(resource.at.file) },
  }));
  return { ...manifest, file: place.file, resources };
}

/** Every text in a value that is a path in a folder. */
function pathsIn(value: unknown, folder: string): ReadonlySet<string> {
  if (typeof value === 'string')
    return new Set(value === folder || value.startsWith(`${folder}/`) ? [value] : []);
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.values(value).flatMap((each) => [...pathsIn(each, folder)]));
}

/** What has no such path in it stays the very object that it is: values of secrets hang on theirs. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, each, renamed(each, names)] as const);
  if (entries.every(([, before, after]) => before === after)) return value;
  if (Array.isArray(value)) return entries.map(([, , after]) => after);
  return Object.fromEntries(entries.map(([key, , after]) => [key, after]));
}

/**
 * Takes away what none of the manifests uses, and what was begun and not finished.
 * @param texts of manifests, in JSON
 */
export function collect(folder: string, texts: readonly string[]): void {
  const content = join(folder, 'content');
  for (const name of list(content)) {
    const path = join(content, name);
    if (!texts.some((text) => text.includes(path))) rmSync(path, { recursive: true, force: true });
    else
      for (const part of list(path)) if (part.startsWith('.')) rmSync(join(path, part), { recursive: true });
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
