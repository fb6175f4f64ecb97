import { realpathSync, statSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import { writeWholeFile } from '../wholeFile.ts';

/**
 * Writes a person's file anew, whole; through links, and as it was: permissions and owner stay.
 * @throws NovaError `usage`; it is as it was then
 */
export function replaceFile(file: string, text: string): void {
  const real = realpathSync(file);
  const { mode, uid, gid } = statSync(real);
  try {
    writeWholeFile(real, text, { mode: mode & 0o7777, owner: { uid, gid } });
  } catch (cause) {
    throw new NovaError('usage', `${file} cannot be written: ${(cause as Error).message}`, {
      hint: 'it stays as it was',
      cause,
    });
  }
}
