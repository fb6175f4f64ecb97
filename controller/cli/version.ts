import { readFile } from 'node:fs/promises';

/** The version in the nearest package.json above this file: the same in a checkout and in a built package. */
export async function version(): Promise<string> {
  for (const path of ['../../package.json', '../../../package.json']) {
    const text = await readFile(new URL(path, import.meta.url), 'utf8').catch(() => undefined);
    const found = text === undefined ? undefined : (JSON.parse(text) as { version?: string }).version;
    if (found !== undefined) return found;
  }
  return 'unknown';
}
