import { globSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import type { Texts } from '../schema/diagnostic.ts';
import { type Issue, NovaError } from '../schema/errors.ts';
import type { Choices, Files } from '../schema/files.ts';
import type { Manifest } from '../schema/manifest.ts';
import { parseNovaFile, type NovaFileInput } from '../schema/parse.ts';
import type { Pointing } from '../schema/pointing.ts';

/** A NovaFile that was read, with everything that is wrong with it, or its manifest. */
export interface ReadProject {
  /** As it is shown: relative to the working folder where that is shorter. */
  readonly shownAs: string;
  /** Of all files that were read, by the path that is shown for them. */
  readonly texts: Texts;
  readonly manifest: Manifest | undefined;
  readonly issues: readonly Issue[];
  /** What is allowed, and hardly what was meant. */
  readonly warnings: readonly Issue[];
  /** Of what is found out later about what it declares. */
  readonly pointing?: Pointing;
}

/** A NovaFile is a page that a person wrote; more than this is a mistake. */
const maximumBytes = 16 * 1024 * 1024;

/**
 * Reads the NovaFile at a path, or `NovaFile.toml` in the folder at it, with what it includes.
 * @throws NovaError `file.unreadable`
 */
export async function readProject(
  path: string,
  choices: Choices = {},
  doubts?: NovaFileInput['doubts'],
  files: Files = localFiles,
): Promise<ReadProject> {
  const file = novaFileAt(resolve(path));
  const found = files.read(file);
  const shownAs = 'shownAs' in found ? found.shownAs : shown(file);
  const read = { text: textOf(found, shownAs), shownAs };
  const parsed = await parseNovaFile({
    env: process.env,
    ...choices,
    ...read,
    file,
    files,
    ...(doubts === undefined ? {} : { doubts }),
  });
  const { warnings, texts } = parsed;
  const said = { shownAs: read.shownAs, texts, warnings };
  return 'issues' in parsed
    ? { ...said, manifest: undefined, issues: parsed.issues }
    : { ...said, manifest: parsed.manifest, pointing: parsed.pointing, issues: [] };
}

/** Those of this machine. */
export const localFiles: Files = { read: tryText, match: (pattern) => globSync(pattern) };

/** The same, each shown by its whole path, whatever the working folder is. */
export const filesByWholePath: Files = {
  ...localFiles,
  read: (file) => {
    const found = localFiles.read(file);
    return 'why' in found ? found : { ...found, shownAs: file };
  },
};

/** Relative to the working folder where that is shorter. */
function shown(file: string): string {
  const nearby = relative(process.cwd(), file);
  return nearby.startsWith('../../') || nearby === '' ? file : nearby;
}

/** The NovaFile at a path: itself, or `NovaFile.toml` in the folder there. */
export function novaFileAt(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? join(path, 'NovaFile.toml') : path;
}

/** @throws NovaError `file.unreadable` */
export function readText(file: string, shownAs: string): string {
  return textOf(tryText(file), shownAs);
}

function textOf(read: ReturnType<Files['read']>, shownAs: string): string {
  if (!('why' in read)) return read.text;
  const hint = 'name a NovaFile, or a folder that holds NovaFile.toml, with -f';
  throw new NovaError('file.unreadable', `${shownAs}: ${read.why}`, { hint });
}

function tryText(file: string): ReturnType<Files['read']> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return { why: 'there is no such file' };
  if (!stat.isFile()) return { why: 'it is not a file' };
  if (stat.size > maximumBytes) return { why: 'it is larger than 16 MiB' };
  try {
    return {
      text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)),
      shownAs: shown(file),
    };
  } catch (cause) {
    return { why: cause instanceof TypeError ? 'it is not UTF-8 text' : (cause as Error).message };
  }
}
