import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** An absolute path with symbolic links resolved, as far as it exists: one folder has one name. */
export function canonicalFolder(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute
      ? absolute
      : resolve(canonicalFolder(parent), absolute.slice(parent.length).replace(/^\//, ''));
  }
}

/** A folder with all folders above it but the root, outermost first. */
export function parents(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [...parents(parent), folder];
}
