import { readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { NovaError } from '../schema/errors.ts';
import { writeWholeFile } from './wholeFile.ts';

/**
 * Writes a plan so that it is there whole or not at all, readable by its owner alone: specs may hold what nobody else
 * should read.
 * @throws NovaError `usage` when the path cannot be written
 */
export function writePlanFile(path: string, document: Record<string, unknown>): void {
  const hint = 'name a file that can be written after -o';
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) throw new NovaError('usage', `${path} is not a file`, { hint });
  const file = stat === undefined ? resolve(path) : realpathSync(path);
  try {
    writeWholeFile(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new NovaError('usage', `the plan cannot be saved: ${(error as Error).message}`, {
      hint,
      cause: error,
    });
  }
}

/**
 * The text of a file that is a JSON document: no NovaFile begins with a brace. Undefined when it is something else, a
 * folder or not there, for whoever reads NovaFiles to judge.
 */
export function readPlanFile(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  try {
    const content = readFileSync(path, 'utf8');
    return content.trimStart().startsWith('{') ? content : undefined;
  } catch {
    return undefined;
  }
}
