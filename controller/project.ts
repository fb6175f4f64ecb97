import { readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { type Issue, NovaError } from '../schema/errors.ts';
import type { Manifest } from '../schema/manifest.ts';
import { parseNovaFile } from '../schema/parse.ts';

/** A NovaFile that was read, with everything that is wrong with it, or its manifest. */
export interface ReadProject {
  /** As it is shown: relative to the working folder where that is shorter. */
  readonly shownAs: string;
  readonly text: string;
  readonly manifest: Manifest | undefined;
  readonly issues: readonly Issue[];
  /** What is allowed, and hardly what was meant. */
  readonly warnings: readonly Issue[];
}

/** A NovaFile is a page that a person wrote; more than this is a mistake. */
const maximumBytes = 16 * 1024 * 1024;

/**
 * Reads the NovaFile at a path, or `NovaFile.toml` in the folder at it.
 * @throws NovaError `file.unreadable`
 */
export async function readProject(path: string): Promise<ReadProject> {
  const file = novaFileAt(resolve(path));
  const nearby = relative(process.cwd(), file);
  const shownAs = nearby.startsWith('../../') || nearby === '' ? file : nearby;
  const text = readText(file, shownAs);
  const parsed = await parseNovaFile({ text, file, shownAs });
  const { warnings } = parsed;
  return 'issues' in parsed
    ? { shownAs, text, manifest: undefined, issues: parsed.issues, warnings }
    : { shownAs, text, manifest: parsed.manifest, issues: [], warnings };
}

/** The NovaFile at a path: itself, or `NovaFile.toml` in the folder there. */
export function novaFileAt(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? join(path, 'NovaFile.toml') : path;
}

/** @throws NovaError `file.unreadable` */
export function readText(file: string, shownAs: string): string {
  const hint = 'name a NovaFile, or a folder that holds NovaFile.toml, with -f';
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new NovaError('file.unreadable', `${shownAs}: there is no such file`, { hint });
  if (!stat.isFile()) throw new NovaError('file.unreadable', `${shownAs}: it is not a file`, { hint });
  if (stat.size > maximumBytes)
    throw new NovaError('file.unreadable', `${shownAs}: it is larger than 16 MiB`, { hint });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8 text' : (error as Error).message;
    throw new NovaError('file.unreadable', `${shownAs}: ${why}`, { hint, cause: error });
  }
}
