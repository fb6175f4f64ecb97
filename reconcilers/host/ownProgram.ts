import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of another program of ours, in a checkout and as it is shipped: there this code is in a file of another
 * name that lies two folders deep as well.
 * @param path from the top, without its ending: `reconcilers/container/restart`
 */
export function ownProgram(path: string): string {
  return fileURLToPath(new URL(`../../${path}${extname(import.meta.url)}`, import.meta.url));
}
