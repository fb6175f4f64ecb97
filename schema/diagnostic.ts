import type { End, Issue, Related } from './errors.ts';
import { formatLocation, type Location } from './location.ts';
import { maskLine, maskTexts } from './maskLine.ts';

/** The texts of files, by the path in locations. */
export type Texts = ReadonlyMap<string, string>;

/**
 * An issue as text of several lines, without colours: where and what, the line with the value underlined, the same for
 * where the value is from when that is another place, and what to do next. Of files that are not in `texts` only the
 * place is said.
 */
export function renderIssue(issue: Issue, texts: Texts): string {
  const { at, message, code, hint, related = [] } = issue;
  return [
    `${at === undefined ? '' : `${formatLocation(at)}: `}${message} [${code}]`,
    ...excerptOf(issue, texts),
    ...related
      .filter(({ named }) => named !== true)
      .flatMap((other) => renderRelated({ ...other, veiled: issue.veiled }, texts)),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ].join('\n');
}

function renderRelated(related: Related & Veil, texts: Texts): readonly string[] {
  const { message, at } = related;
  return [`  ${message}${at === undefined ? '' : `: ${formatLocation(at)}`}`, ...excerptOf(related, texts)];
}

interface Veil {
  readonly veiled?: true | undefined;
}

function excerptOf(
  { at, until, veiled }: Pick<Related, 'at' | 'until'> & Veil,
  texts: Texts,
): readonly string[] {
  const text = at === undefined ? undefined : texts.get(at.file);
  const whole = at === undefined || text === undefined ? undefined : lineOf(text, at.line);
  const line = whole !== undefined && veiled ? maskTexts(whole) : whole;
  if (at === undefined || line === undefined) return [];
  return underlined(line, at.line, at.column - 1, lengthOn(line, at, until));
}

/** How much of the line is meant: of what ends on a later one, the rest of it. */
function lengthOn(
  line: string,
  { line: number, column }: Location,
  until: End | undefined,
): number | undefined {
  if (until === undefined || until.line < number) return undefined;
  return (until.line === number ? until.column : line.trimEnd().length + 1) - column;
}

/** Without its end, and without a byte order mark. */
function lineOf(text: string, number: number): string | undefined {
  let start = 0;
  for (let line = 1; line < number; line += 1) {
    const end = text.indexOf('\n', start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return maskLine(text.slice(start, end < 0 ? text.length : end).replaceAll(/^\ufeff|\r$/g, ''));
}

const widest = 120;

/** A long line is cut to what is around the column. */
function underlined(
  line: string,
  number: number,
  start: number,
  known: number | undefined,
): readonly string[] {
  const from = line.length <= widest || start < widest / 2 ? 0 : start - widest / 2;
  const cut = line.slice(from, from + widest);
  const [before, after] = [from > 0 ? '…' : '', from + widest < line.length ? '…' : ''];
  const margin = ' '.repeat(String(number).length);
  const length = Math.min(
    known ?? tokenLength(line.slice(start, start + widest)),
    Math.max(1, cut.length - (start - from)),
  );
  const blank = blankOf(before + cut.slice(0, start - from));
  const carets = '^'.repeat(Math.max(1, columnsOf(cut.slice(start - from, start - from + length))));
  return [`  ${number} | ${printable(before + cut + after)}`, `  ${margin} | ${blank}${carets}`];
}

/** How much of the text belongs to the value or key that it starts with. */
function tokenLength(text: string): number {
  const token =
    /^(?:"""|'''|"(?:[^"\\]|\\.)*"|'[^']*'|\$\{[^}]*\}|\[[^\]]*\]+|\{[^}]*\}|[A-Za-z_][\w-]*|[^\s,=[\]{}#"']+)/.exec(
      text,
    );
  return Math.max(1, token?.[0].length ?? 1);
}

/** As wide as the text when printed; tabs stay, so that they are as wide as above. */
function blankOf(text: string): string {
  return Array.from(text, (character) => (character === '\t' ? '\t' : ' '.repeat(columnsOf(character)))).join(
    '',
  );
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

function columnsOf(text: string): number {
  return Array.from(text, (character): number =>
    /\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1,
  ).reduce((sum, columns) => sum + columns, 0);
}

/** Nothing of a file may reach the terminal as a command to it. */
function printable(text: string): string {
  return text.replaceAll(/(?!\t)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\ufffd');
}
