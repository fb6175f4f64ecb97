import { text as textOf } from 'node:stream/consumers';

import { NovaError, toNovaError } from '../../../schema/errors.ts';
import { formatToml } from '../../format/formatToml.ts';
import { novaFileAt, readText } from '../../project.ts';
import { issueJson, issueOf, issuesText } from '../../render/issues.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';
import { replaceFile } from '../replaceFile.ts';

/** What came of one file. */
interface Formatted {
  readonly file: string;
  readonly changed: boolean;
  readonly error?: NovaError;
}

/**
 * Puts NovaFiles in canonical form, each whole or not at all; `-` from standard input to standard output. A file that
 * cannot be read does not keep others from it.
 */
export async function fmt(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const names = options.words.length === 0 ? [options.file] : options.words;
  if (names.includes('-')) return formatInput(invocation, names);
  const results: Formatted[] = [];
  for (const name of names) results.push(await formatFile(name, options.check));
  const changed = results.filter((result) => result.changed);
  const issues = results.flatMap(({ error }) => error ?? []).map(issueOf);
  if (options.json)
    writeJson(io, {
      format_version: '1.0',
      files: results.map(({ file, changed: differs }) => ({ file, changed: differs })),
      issues: issues.map(issueJson),
    });
  else {
    io.out.write(changed.map(({ file }) => `${file}\n`).join(''));
    if (issues.length > 0) io.err.write(issuesText(issues, new Map(), io.errStyle));
  }
  if (issues.length > 0) return exitCodes.error;
  return options.check && changed.length > 0 ? exitCodes.found : exitCodes.done;
}

async function formatInput({ options, io }: Invocation, names: readonly string[]): Promise<number> {
  if (names.length > 1) throw new NovaError('usage', '- is standard input, and stands alone');
  const input = await textOf(process.stdin);
  const formatted = await formatToml(input, 'standard input');
  if (!options.check) io.out.write(formatted);
  return options.check && formatted !== input ? exitCodes.found : exitCodes.done;
}

async function formatFile(name: string, check: boolean): Promise<Formatted> {
  const file = novaFileAt(name);
  try {
    const source = readText(file, file);
    const formatted = await formatToml(source, file);
    if (formatted === source) return { file, changed: false };
    if (!check) replaceFile(file, formatted);
    return { file, changed: true };
  } catch (thrown) {
    return { file, changed: false, error: toNovaError(thrown) };
  }
}
