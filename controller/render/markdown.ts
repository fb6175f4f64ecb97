/**
 * The most that a comment may have, in characters: GitHub refuses a longer one (docs.github.com, "Issue comments", 65,536).
 * We count bytes, which are never fewer, because not everybody counts characters alike.
 */
export const commentLimit = 65_536;

/** A page in pieces of falling weight. */
export interface Page {
  /** What is always there; short. */
  readonly head: string;
  readonly sections: readonly Section[];
  /** Where the rest can be seen. */
  readonly elsewhere: string;
}

export interface Section {
  /** Before the first piece, and left out without any. */
  readonly head: string;
  readonly pieces: readonly string[];
  /** Bytes that it may take while others wait; what it does not use is theirs. */
  readonly share: number;
  /** What so many of its pieces are called: `rows`. */
  readonly called: (count: number) => string;
}

/** Room for saying what was left out. */
const reserve = 1024;

/** Pure: the page, always under {@link commentLimit}; what did not fit is counted at its end. */
export function pageText({ head, sections, elsewhere }: Page, limit = commentLimit): string {
  let room = limit - reserve - bytes(head);
  const left: string[] = [];
  const parts = [head];
  for (const [index, section] of sections.entries()) {
    const isLast = index === sections.length - 1;
    const share = isLast ? room : Math.min(section.share, room);
    const { text, missing } = fitted(section, share);
    room -= bytes(text);
    parts.push(text);
    if (missing > 0) left.push(section.called(missing));
  }
  if (left.length > 0)
    parts.push(`\n**Left out**, as a comment has no room for it: ${left.join('; ')}. ${elsewhere}\n`);
  return parts.join('');
}

/** A piece that is too long does not keep the next one out. */
function fitted({ head, pieces }: Section, share: number): { text: string; missing: number } {
  let room = share - bytes(head);
  const taken: string[] = [];
  for (const piece of pieces) {
    const size = bytes(piece);
    if (size > room) continue;
    room -= size;
    taken.push(piece);
  }
  return { text: taken.length === 0 ? '' : head + taken.join(''), missing: pieces.length - taken.length };
}

const encoder = new TextEncoder();

function bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Text that means nothing but itself, on one line; long text is cut. */
export function code(text: string, longest = 600): string {
  const line = text.replaceAll(/[\r\n]+/g, ' ').replaceAll('|', '\u2502');
  const shown = line.length > longest ? `${line.slice(0, longest).toWellFormed()}…` : line;
  const ticks = '`'.repeat(longestRun(shown) + 1);
  const pad = shown.startsWith('`') || shown.endsWith('`') || shown === '' ? ' ' : '';
  return `${ticks}${pad}${shown}${pad}${ticks}`;
}

/** Lines as they are, coloured as a difference. */
export function fenced(text: string): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${ticks}diff\n${text}\n${ticks}\n`;
}

/** Something that unfolds. */
export function folded(summary: string, content: string): string {
  return `\n<details><summary><code>${summary}</code></summary>\n\n${content}\n</details>\n`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
