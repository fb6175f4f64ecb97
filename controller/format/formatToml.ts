import { isDeepStrictEqual } from 'node:util';

import type { AST } from 'toml-eslint-parser';

import { NovaError } from '../../schema/errors.ts';
import { readToml } from '../../schema/toml.ts';
import { printDocument } from './printDocument.ts';

/**
 * A NovaFile in canonical form: keys of a table in the order of the reference, one way of spacing. Comments, values,
 * the order of tables, and the places of blank lines and of line breaks in arrays stay the author's.
 * @param name of the file, for places in messages
 * @throws NovaError `toml.syntax`; `file.unreadable` for a string too long for the parser that keeps positions
 */
export async function formatToml(source: string, name: string): Promise<string> {
  const text = source.replace(/^\ufeff/, '');
  const meant = documentOf(text, name);
  const { parseTOML } = await import('toml-eslint-parser');
  const program = treeOf(text, name, parseTOML);
  const formatted = printDocument(program, text);
  // A formatter that changes what a file means is worse than none.
  const again = parseTOML(formatted, { tomlVersion: '1.1' });
  if (!isDeepStrictEqual(documentOf(formatted, name), meant) || commentsOf(again) !== commentsOf(program))
    throw new NovaError('internal', `${name}: formatting would change what it says; it stays as it is`);
  return formatted;
}

function documentOf(text: string, name: string): unknown {
  const read = readToml(text, name);
  if ('document' in read) return read.document;
  throw new NovaError(read.issue.code, read.issue.message, read.issue);
}

type Parse = (text: string, options: { readonly tomlVersion: '1.1' }) => AST.TOMLProgram;

/** What the first parser has let pass, the second one reads too, but for strings of more than some 100,000 characters. */
function treeOf(text: string, name: string, parse: Parse): AST.TOMLProgram {
  try {
    return parse(text, { tomlVersion: '1.1' });
  } catch (cause) {
    throw new NovaError('file.unreadable', `${name} has a string that is too long to be formatted`, {
      hint: 'keep the text in a file of its own, and name that',
      cause,
    });
  }
}

function commentsOf({ comments }: AST.TOMLProgram): string {
  return comments
    .map(({ value }) => value.trimEnd())
    .toSorted()
    .join('\n');
}
