import type { AST } from 'toml-eslint-parser';

import { keyNames, type Paragraph, paragraphsOf } from './entries.ts';
import { type Part, partsBetween, type Source } from './parts.ts';

/** Where something is printed. */
export interface Context {
  readonly source: Source;
  /** Of the line that it begins on. */
  readonly indent: string;
  /** Of the table that it is in, from the top of the NovaFile. */
  readonly path: readonly string[];
}

/** `limits.cpu = 1.5` */
export function printKeyValue({ key, value }: AST.TOMLKeyValue, context: Context): string {
  const path = [...context.path, ...keyNames(key)];
  return `${printKey(key, context.source)} = ${printValue(value, { ...context, path })}`;
}

/** Each part as it was written, quotes too, without blanks around the dots. */
export function printKey({ keys }: AST.TOMLKey, { text }: Source): string {
  return keys.map(({ range }) => text.slice(...range)).join('.');
}

function printValue(value: AST.TOMLContentNode, context: Context): string {
  if (value.type === 'TOMLArray') return printArray(value, context);
  if (value.type === 'TOMLInlineTable') return printTable(value, context);
  return context.source.text.slice(...value.range);
}

/** Elements that share a line go on sharing it: `"--port", "80",` belong together. */
function printArray({ elements, range }: AST.TOMLArray, context: Context): string {
  const { source, indent } = context;
  const parts = partsBetween(source, insideOf(range), elements);
  if (!isBroken(range, parts, source))
    return `[${elements.map((element) => printValue(element, context)).join(', ')}]`;
  const inner = { ...context, indent: `${indent}  ` };
  const lines: string[] = [];
  for (const { node, comment, newLine, blankBefore } of parts) {
    const text = [node && `${printValue(node, inner)},`, comment]
      .filter((item) => item !== undefined)
      .join(' ');
    if (lines.length > 0 && !newLine) lines.push(`${lines.pop()} ${text}`);
    else lines.push(...(blankBefore && lines.length > 0 ? [''] : []), `${inner.indent}${text}`);
  }
  return ['[', ...lines, `${indent}]`].join(source.newline);
}

function printTable({ body, range }: AST.TOMLInlineTable, context: Context): string {
  const { source, indent, path } = context;
  const parts = partsBetween(source, insideOf(range), body);
  const paragraphs = paragraphsOf(parts, path);
  if (isBroken(range, parts, source)) {
    const inner = { ...context, indent: `${indent}  ` };
    const lines = paragraphs.map((paragraph) => printLines(paragraph, inner, ',').join(source.newline));
    return ['{', lines.join(source.newline + source.newline), `${indent}}`].join(source.newline);
  }
  const pairs = paragraphs.flatMap(({ entries }) => entries.map(({ node }) => printKeyValue(node, context)));
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** The lines of a paragraph; `end` comes after each value. */
export function printLines({ entries, below }: Paragraph, context: Context, end = ''): readonly string[] {
  const { indent } = context;
  const keys = entries.flatMap(({ node, above, comment }) => {
    const after = comment === undefined ? '' : ` ${comment}`;
    return [...above.map((line) => indent + line), `${indent}${printKeyValue(node, context)}${end}${after}`];
  });
  return [...keys, ...below.map((line) => indent + line)];
}

/** Whether its author gave it lines of its own. */
function isBroken(
  [start, end]: readonly [number, number],
  parts: readonly Part<AST.TOMLNode>[],
  { text }: Source,
): boolean {
  if (parts.length === 0) return false;
  const last = parts.findLast(({ node }) => node !== undefined)?.node;
  const ending = text.slice(last?.range[1] ?? start, end);
  return ending.includes('\n') || parts.some(({ newLine, comment }) => newLine || comment !== undefined);
}

function insideOf([start, end]: readonly [number, number]): readonly [number, number] {
  return [start + 1, end - 1];
}
