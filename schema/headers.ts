import type { Location } from './location.ts';

/**
 * Where each table `[kind.name]` has its header: a look at the start of every line, many times faster than a parser
 * that keeps positions. Keys are `kind.name`. What is declared in another way is not found.
 */
export function scanHeaders(text: string, file: string): ReadonlyMap<string, Location> {
  const found = new Map<string, Location>();
  const severalLines = text.includes('"""') || text.includes("'''");
  let open: Delimiter | undefined;
  let number = 0;
  for (let start = 0, end = 0; start <= text.length; start = end + 1) {
    end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    number += 1;
    // Nearly every line is neither: it is not even cut out.
    if (!severalLines && !startsWithBracket(text, start)) continue;
    const line = text.slice(start, end);
    if (open === undefined) {
      const [, indent = '', kind, bare, basic, literal] = header.exec(line) ?? [];
      const name = bare ?? basic ?? literal;
      if (kind !== undefined && name !== undefined && !found.has(`${kind}.${name}`)) {
        found.set(`${kind}.${name}`, { file, line: number, column: indent.length + 1 });
      }
    }
    open = openAfter(line, open);
  }
  return found;
}

function startsWithBracket(text: string, start: number): boolean {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return text[at] === '[';
}

/** Names with an escape in them are left to the parser. */
const header = /^([ \t]*)\[[ \t]*([a-z]+)[ \t]*\.[ \t]*(?:([A-Za-z0-9_-]+)|"([^"\\]*)"|'([^']*)')[ \t]*\]/;

type Delimiter = '"""' | "'''";

/** The string of several lines that is open at the end of a line. */
function openAfter(line: string, openBefore: Delimiter | undefined): Delimiter | undefined {
  let open = openBefore;
  if (open === undefined && !line.includes('"""') && !line.includes("'''")) return undefined;
  let at = 0;
  while (at < line.length) {
    if (open !== undefined) {
      const end = closing(line, open, at);
      if (end === undefined) return open;
      at = end;
      open = undefined;
      continue;
    }
    token.lastIndex = at;
    const found = token.exec(line);
    if (found === null || found[0].startsWith('#')) return undefined;
    if (found[0] === '"""' || found[0] === "'''") open = found[0];
    at = token.lastIndex;
  }
  return open;
}

const token = /"""|'''|"(?:[^"\\]|\\.)*"|'[^']*'|#/g;

/** The offset after the closing quotes. Up to two more quotes in front of them belong to the text itself. */
function closing(line: string, open: Delimiter, from: number): number | undefined {
  for (let at = line.indexOf(open, from); at >= 0; at = line.indexOf(open, at + 1)) {
    if (open === '"""' && isEscaped(line, at, from)) continue;
    const quotes = line.slice(at).search(/[^"']|$/);
    return at + Math.min(quotes, 5);
  }
  return undefined;
}

function isEscaped(line: string, at: number, from: number): boolean {
  let start = at;
  while (start > from && line[start - 1] === '\\') start -= 1;
  return (at - start) % 2 === 1;
}
