import type { AST } from 'toml-eslint-parser';

import { keyNames, paragraphsOf } from './entries.ts';
import { type Part, partsBetween, type Source } from './parts.ts';
import { printKey, printLines } from './printValue.ts';

/** The canonical text of a document. */
export function printDocument({ body: [top], comments, tokens }: AST.TOMLProgram, text: string): string {
  const newline = newlineOf(text, tokens);
  const source = { text, comments, newline };
  const sections = sectionsOf(top, source).map((section) => printSection(section, source));
  const whole = sections.filter((section) => section !== '').join(newline + newline);
  return whole === '' ? '' : whole + newline;
}

/** As the first line ends; text of several lines within quotes is a value, and says nothing of the file. */
function newlineOf(text: string, tokens: readonly AST.Token[]): string {
  const strings = tokens.filter(({ type }) => type.startsWith('MultiLine'));
  let end = text.indexOf('\n');
  for (const { range } of strings) if (range[0] < end && end < range[1]) end = text.indexOf('\n', range[1]);
  return text[end - 1] === '\r' ? '\r\n' : '\n';
}

/** A header with the lines under it; the first section has none. */
interface Section {
  readonly header: Header | undefined;
  readonly body: Part<AST.TOMLKeyValue>[];
}

interface Header {
  readonly table: AST.TOMLTable;
  /** Right above it, without an empty line between. */
  readonly above: readonly string[];
  readonly comment: string | undefined;
}

/** The brackets alone: the range of a table goes on to its last key. */
interface Brackets {
  readonly table: AST.TOMLTable;
  readonly range: readonly [number, number];
}

function sectionsOf(top: AST.TOMLTopLevelTable, source: Source): readonly Section[] {
  const nodes = top.body.flatMap((node): readonly (AST.TOMLKeyValue | Brackets)[] =>
    node.type === 'TOMLKeyValue' ? [node] : [bracketsOf(node, source.text), ...node.body],
  );
  const sections: Section[] = [{ header: undefined, body: [] }];
  for (const part of partsBetween(source, [0, source.text.length], nodes)) {
    const body = sections.at(-1)?.body ?? [];
    const { node, comment } = part;
    if (node === undefined || 'type' in node) body.push({ ...part, node });
    else {
      const above = part.blankBefore ? [] : takeAbove(body);
      sections.push({ header: { table: node.table, above, comment }, body: [] });
    }
  }
  return sections;
}

function bracketsOf(table: AST.TOMLTable, text: string): Brackets {
  const close = text.indexOf(']', table.key.range[1]);
  return { table, range: [table.range[0], close + (table.kind === 'array' ? 2 : 1)] };
}

/** Comments right above a header are about it: they are taken from the end of the table before. */
function takeAbove(body: Part<AST.TOMLKeyValue>[]): readonly string[] {
  const lastKey = body.findLastIndex(({ node }) => node !== undefined);
  const lastBlank = body.findLastIndex(({ blankBefore }) => blankBefore);
  return body.splice(Math.max(lastKey + 1, lastBlank, 0)).flatMap(({ comment }) => comment ?? []);
}

function printSection({ header, body }: Section, source: Source): string {
  const { newline } = source;
  const path = header === undefined ? [] : keyNames(header.table.key);
  const context = { source, indent: '', path };
  const paragraphs = paragraphsOf(body, path).map((paragraph) =>
    printLines(paragraph, context).join(newline),
  );
  const rest = paragraphs.join(newline + newline);
  if (header === undefined) return rest;
  const { table, above, comment } = header;
  const [open, close] = table.kind === 'array' ? ['[[', ']]'] : ['[', ']'];
  const line = `${open}${printKey(table.key, source)}${close}${comment === undefined ? '' : ` ${comment}`}`;
  return [...above, line, ...(rest === '' ? [] : [rest])].join(newline);
}
