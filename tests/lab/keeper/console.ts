import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cacheFolder } from '../build/cache.ts';

const kept = 10;

/** Writes what a lab has printed to a file that stays, and lets go of the oldest. Returns the file. */
export function keepConsole(text: string): string {
  const folder = join(cacheFolder, 'consoles');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}.log`);
  writeFileSync(file, text);
  const names = readdirSync(folder).toSorted();
  for (const name of names.slice(0, Math.max(0, names.length - kept)))
    rmSync(join(folder, name), { force: true });
  return file;
}
