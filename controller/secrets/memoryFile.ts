import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { NovaError } from '../../schema/errors.ts';

/** statfs(2): `TMPFS_MAGIC`. */
const tmpfs = 0x01021994;

/**
 * Lets somebody work on a file in memory, in a folder for its owner alone; afterwards it is gone, also when that fails.
 * Resolves to what the file holds then.
 * @throws NovaError `capability.missing` when no folder of this machine is in memory
 */
export async function withMemoryFile(
  name: string,
  content: string,
  work: (path: string) => Promise<void>,
): Promise<string> {
  const parent = ['/dev/shm', process.env['XDG_RUNTIME_DIR'] ?? '/run', '/run'].find(isInMemory);
  if (parent === undefined) {
    throw new NovaError(
      'capability.missing',
      'secrets are edited in memory, and neither /dev/shm nor /run is a tmpfs',
      {
        hint: 'use `nova secret set NAME`, which needs no file',
      },
    );
  }
  const folder = mkdtempSync(join(parent, 'nova-secret-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const end = (): void => {
    remove();
    process.exit(130);
  };
  process.on('SIGTERM', end).on('SIGHUP', end);
  try {
    const path = join(folder, name);
    writeFileSync(path, content, {
      mode: 0o600,
      flag: 'wx',
    });
    await work(path);
    return readFileSync(path, 'utf8');
  } finally {
    remove();
    process.off('SIGTERM', end).off('SIGHUP', end);
  }
}

function isInMemory(folder: string): boolean {
  try {
    return statfsSync(folder).type === tmpfs;
  } catch {
    return false;
  }
}
