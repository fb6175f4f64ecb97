import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** Outside of every checkout, so that all share what takes a minute to build. */
export const cacheFolder = process.env['NOVA_LAB_CACHE'] ?? '/var/cache/nova-lab';

/** ms that an entry stays which nobody has asked for */
const keptFor = 30 * 24 * 3_600_000;

/** The folder of a finished entry; undefined when it has to be built. Asking for it keeps it. */
export function findEntry(key: string): string | undefined {
  const folder = join(cacheFolder, key);
  if (!existsSync(folder)) return undefined;
  utimesSync(folder, new Date(), new Date());
  return folder;
}

/**
 * Builds an entry under a name of its own, and gives it its right one when it is whole. To be called under the lock of
 * the cache: whatever is unfinished there belongs to a build that was cut off.
 */
export async function buildEntry(key: string, build: (folder: string) => Promise<void>): Promise<void> {
  removeStale();
  const unfinished = join(cacheFolder, `${key}${suffix}`);
  mkdirSync(unfinished, { recursive: true });
  await build(unfinished);
  renameSync(unfinished, join(cacheFolder, key));
}

const suffix = '.unfinished';

function removeStale(): void {
  mkdirSync(cacheFolder, { recursive: true });
  for (const entry of readdirSync(cacheFolder, { withFileTypes: true })) {
    const path = join(cacheFolder, entry.name);
    const old = entry.name.startsWith('root-') && Date.now() - statSync(path).mtimeMs > keptFor;
    if (entry.name.endsWith(suffix) || old) rmSync(path, { recursive: true, force: true });
  }
}
