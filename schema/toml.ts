import { parse, TomlError } from 'smol-toml';

import type { Issue } from './errors.ts';
import type { RawTable } from './table.ts';

/** A NovaFile's tables; or what is wrong with its TOML, which hides all else. `file` is for the issue's location. */
export function readToml(
  text: string,
  file: string,
): { readonly document: RawTable } | { readonly issue: Issue } {
  try {
    return { document: parse(text, { integersAsBigInt: 'asNeeded' }) };
  } catch (error) {
    const found = error instanceof TomlError ? error : { line: 1, column: 1 };
    const { column, message, hint } = atLineEnd(text, found) ?? { column: found.column, ...wordingOf(error) };
    return { issue: { code: 'toml.syntax', message, hint, at: { file, line: found.line, column } } };
  }
}

interface Wording {
  readonly message: string;
  readonly hint: string;
}

/** What ends too early is not where its line ends, but where it starts. */
function atLineEnd(
  text: string,
  { line, column }: { readonly line: number; readonly column: number },
): (Wording & { readonly column: number }) | undefined {
  const written = (text.split('\n', line).at(-1) ?? '').trimEnd();
  if (column <= written.length) return undefined;
  const blanked = written.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'|#.*/g, (token) => ' '.repeat(token.length));
  const quote = blanked.search(/["']/);
  if (quote >= 0) return { column: quote + 1, ...wordingFor('unfinished string') };
  if (/^\s*[\w."'-]+$/.test(written))
    return { column: written.search(/\S/) + 1, ...wordingFor('incomplete key-value') };
  return undefined;
}

/** By how the parser's own message begins. */
const wordings: readonly (readonly [string, string, string])[] = [
  [
    'unfinished string',
    'this string is not closed',
    'close it with the quote that it starts with; text of several lines needs three: """',
  ],
  ['unfinished array', 'this array is not closed', 'close it with ]'],
  ['unfinished table', 'this table is not closed', 'close it with }'],
  ['unfinished numeric value', 'this is no number', 'text needs quotes: "…"'],
  [
    'invalid value',
    'this is no value',
    'text needs quotes: "…"; other values are 12, 1.5, true, [ … ] and { … }',
  ],
  ['invalid date', 'this is no date or time', 'text needs quotes: "…"'],
  [
    'illegal leading zero',
    'a number must not start with 0',
    'leave out the zero; an octal number starts with 0o; text needs quotes',
  ],
  ['illegal underscore', 'an underscore stands between two digits', 'as in 1_000; text needs quotes: "…"'],
  ['illegal character in numeric', 'this is no number', 'text needs quotes: "…"'],
  ['integer value', 'this number is too large', 'whole numbers have at most 64 bits'],
  [
    'trying to redefine',
    'this is already there',
    'each key and each table stands once: remove one of the two, or join them',
  ],
  [
    'each key-value',
    'something follows the value on its line',
    'end the line here; text needs quotes: "…"; a comment starts with #',
  ],
  ['incomplete key-value', 'a key needs = and a value', 'for example mtu = 1500'],
  [
    'expected comma',
    'a comma is missing, or the end of the array or table',
    'put a comma between two values',
  ],
  [
    'expected end of table array',
    'the header of an array of tables ends in ]]',
    'for example [[name]]; a resource has single brackets: [container.web]',
  ],
  [
    'illegal character in key',
    'this cannot stand in a key',
    'letters, digits, - and _ can; anything else needs quotes: "a key"',
  ],
  ['illegal empty bare key', 'a key is missing here', 'for example mtu = 1500'],
  ['illegal quoted key', 'a key cannot span lines', 'write it in one line'],
  [
    'unexpected end of key',
    'the key ends too early',
    'a header is written [container.web], a value mtu = 1500',
  ],
  [
    'control characters are not allowed',
    'a control character stands here',
    'remove it, or write it as \\u0000 with its number',
  ],
  [
    'unrecognised escape',
    'there is no such escape',
    'write \\\\ for a backslash, or put the text in single quotes',
  ],
  ['invalid escape', 'only the end of a line can be escaped so', 'write \\\\ for a backslash'],
  ['invalid non-hex', 'this is no character number', 'four hexadecimal digits follow \\u, eight follow \\U'],
  ['invalid unicode', 'there is no such character', 'four hexadecimal digits follow \\u, eight follow \\U'],
  ['document contains excessively', 'arrays and tables are nested too deeply', 'at most 1000 deep'],
];

function wordingOf(error: unknown): Wording {
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return wordingFor(said.replace(/^Invalid TOML document: /, ''));
}

function wordingFor(reason: string): Wording {
  const [, message = reason, hint = 'a NovaFile is written in TOML: https://toml.io'] =
    wordings.find(([start]) => reason.startsWith(start)) ?? [];
  return { message, hint };
}
