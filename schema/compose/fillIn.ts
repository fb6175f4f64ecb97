import { quote, type Path, type Problem } from '../problem.ts';
import { isTable } from '../table.ts';
import { escapeReferences, pieces, references } from '../template.ts';
import { describeValue } from '../words.ts';
import { parseExpression, startsAsExpression } from './expression.ts';
import type { Each, Scope } from './scope.ts';

/** What is filled in, and where. */
export interface Filling {
  readonly scope: Pick<Scope, 'look'>;
  readonly each?: Each | undefined;
  /** Whether references to what is known only after apply may stand here: they are left as they are, and escapes too. */
  readonly late: boolean;
  /** Of the value. */
  readonly path: Path;
  readonly problems: Problem[];
  /** Where a text was filled in. */
  readonly filled?: Path[] | undefined;
  /** Where one could not be. */
  readonly failed?: Path[] | undefined;
}

/** What a date becomes: no key takes one, and a table with nothing in it looks the same to zod. */
const date = Symbol('date');

/** A value with each `${var.…}`, `${env.…}` and `${each.…}` in its texts filled in; itself where there is none. */
export function fillIn(value: unknown, filling: Filling): unknown {
  if (!mentions(value)) return value;
  if (value instanceof Date) return date;
  if (typeof value === 'string') return fillText(value, filling);
  if (Array.isArray(value))
    return value.map((element: unknown, index) => fillIn(element, below(filling, index)));
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, fillIn(inner, below(filling, key))]),
  );
}

/** Whether there is anything to fill in: nearly always not, so that nothing is made to find out. */
export function mentions(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('${');
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(mentions);
  if (value instanceof Date) return true;
  for (const key in value) if (mentions(value[key as keyof typeof value])) return true;
  return false;
}

function below(filling: Filling, key: string | number): Filling {
  return { ...filling, path: [...filling.path, key] };
}

/** An expression that stands alone keeps the type of what it stands for. */
function fillText(text: string, filling: Filling): unknown {
  const { late, filled, path } = filling;
  const cut = pieces(text);
  const [first] = cut;
  const alone = cut.length === 1 && first?.type === 'expression' ? lookUp(first.text, filling) : undefined;
  if (alone !== undefined) {
    if (!('value' in alone)) return text;
    filled?.push(path);
    return late ? escaped(alone.value) : alone.value;
  }
  const made = cut.map((piece) => (piece.type === 'text' ? plain(piece.text) : partOf(piece.text, filling)));
  if (made.some(({ from }) => from !== undefined)) filled?.push(path);
  if (!late) return made.map(({ text }) => text).join('');
  // Texts side by side are one: a `$` that was filled in before a brace must not begin a reference.
  let open = '';
  const joined = made.map(({ text, kept }) => {
    if (!kept) {
      open += text;
      return '';
    }
    const before = escapeReferences(open);
    open = '';
    return before + text;
  });
  return joined.join('') + escapeReferences(open);
}

interface Made {
  readonly text: string;
  /** An expression that is left as it is. */
  readonly kept: boolean;
  /** The expression that the text stands for. */
  readonly from?: string;
}

function plain(text: string): Made {
  return { text, kept: false };
}

function partOf(written: string, filling: Filling): Made {
  const found = lookUp(written, filling);
  if (found === undefined || !('value' in found)) return { text: written, kept: true };
  if (isScalar(found.value)) return { ...plain(String(found.value)), from: written };
  filling.problems.push(notText(written, found.value, filling.path));
  filling.failed?.push(filling.path);
  return { text: written, kept: true };
}

/** Undefined for what is left as it is. */
function lookUp(written: string, { scope, each, late, path, problems, failed }: Filling) {
  const expression = parseExpression(written);
  if (expression === undefined) {
    if (late && !startsAsExpression(written)) return undefined;
    problems.push(noExpression(written, path));
    failed?.push(path);
    return undefined;
  }
  const found = scope.look(expression, each);
  if (!('value' in found)) failed?.push(path);
  if ('code' in found) problems.push({ ...found, path, within: written });
  return found;
}

function noExpression(written: string, path: Path): Problem {
  const [reference] = references(written);
  if (reference !== undefined) {
    return {
      code: 'reference.output',
      message: `${written} is known only after apply, and cannot stand here`,
      hint: 'it can stand in command, env and health.exec of a container, and in boot.cmdline of a machine',
      path,
      within: written,
    };
  }
  const forms = '${var.name}, ${env.NAME}, ${each.key} and ${container.db.ip}';
  return {
    code: 'reference.output',
    message: `${quote(written)} is no reference`,
    hint: `references are ${forms}; for the text itself, double the dollar: ${quote(`$${written}`)}`,
    path,
    within: written,
  };
}

function notText(written: string, value: unknown, path: Path): Problem {
  return {
    code: 'schema.type',
    message: `${written} is ${describeValue(value)}, which cannot be a part of a text`,
    hint: `let it be the whole value: "${written}"; or name something in it`,
    path,
    within: written,
  };
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapeReferences(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escaped(inner)]));
}
