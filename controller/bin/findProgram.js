import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the launcher runs: the compiled program, or in a checkout whose sources are newer, the sources themselves.
 * @param {string} root folder of the package
 * @returns {string | undefined}
 */
export function findProgram(root) {
  const compiled = join(root, 'dist', 'controller', 'cli.js');
  const source = join(root, 'controller', 'cli.ts');
  if (!existsSync(source)) return existsSync(compiled) ? compiled : undefined;
  const built = statSync(compiled, { throwIfNoEntry: false })?.mtimeMs;
  return built === undefined || hasNewer(root, built) ? source : compiled;
}

const folders = ['schema', 'stateStore', 'reconcilers', 'controller'];

function hasNewer(root, time) {
  return folders.some((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return false;
    // Folders too: a file that was moved keeps its time.
    if (statSync(path).mtimeMs > time) return true;
    return readdirSync(path, { recursive: true, withFileTypes: true }).some((entry) => {
      if (entry.isFile() && !entry.name.endsWith('.ts')) return false;
      return statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs > time;
    });
  });
}
