import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { cacheFolder, findEntry } from './cache.ts';
import { rootKey } from './root.ts';
import { debianSource } from './sources.ts';

/**
 * The folder in the cache with the lab's root, which is built when it is not there. One at a time on this machine: who
 * comes second waits, and finds it.
 */
export async function ensureRoot(say: (words: string) => void): Promise<string> {
  const key = rootKey(await debianSource());
  const found = findEntry(key);
  if (found !== undefined) return found;
  say(
    `building the lab's root in ${join(cacheFolder, key)}: a Debian from apt's own sources, about a minute`,
  );
  mkdirSync(cacheFolder, { recursive: true });
  await underLock();
  const built = findEntry(key);
  if (built === undefined) throw new Error(`${join(cacheFolder, key)} is not there although it was built`);
  return built;
}

/** The kernel lets go of the lock when the last process of the build has ended. When Nova's tests end, so does the build. */
async function underLock(): Promise<void> {
  const main = join(import.meta.dirname, 'buildMain.ts');
  const argv = ['--pdeathsig', 'KILL', 'flock', join(cacheFolder, 'lock')];
  const child = spawn('setpriv', [...argv, 'setpriv', '--pdeathsig', 'KILL', process.execPath, main], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`the lab's root cannot be built: ${said}`);
}
