import { z } from 'zod';

import { parseAddress } from './kinds.ts';
import type { Address } from './manifest.ts';
import { quote, type Path, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';
import { isTable } from './table.ts';
import { describeValue } from './words.ts';

/** One entry of `moved`, as far as it is right. */
export interface MoveDraft {
  readonly from: Address;
  readonly to: Address;
  readonly path: Path;
}

export interface MovesRead {
  readonly moves: readonly MoveDraft[];
  readonly problems: readonly Problem[];
}

const example = 'for example moved = [{ from = "container.web", to = "container.api" }]';

/** Reads `moved = [{ from = "container.web", to = "container.api" }]`, or `[[moved]]`. */
export function readMoved(moved: unknown): MovesRead {
  if (moved === undefined) return { moves: [], problems: [] };
  if (!Array.isArray(moved)) {
    const message = `moved must be an array, not ${describeValue(moved)}`;
    const hint = isTable(moved) ? 'write [[moved]], with two brackets' : example;
    return { moves: [], problems: [{ code: 'schema.type', message, hint, path: ['moved'] }] };
  }
  const reads = moved.map((entry: unknown, index) => readMove(entry, index));
  return {
    moves: reads.flatMap(({ moves }) => moves),
    problems: reads.flatMap(({ problems }) => problems),
  };
}

function readMove(entry: unknown, index: number): MovesRead {
  const path = ['moved', index];
  if (!isTable(entry)) {
    const message = `moved[${index}] must be a table, not ${describeValue(entry)}`;
    return { moves: [], problems: [{ code: 'schema.type', message, hint: example, path }] };
  }
  const unknown = Object.keys(entry).filter((key) => key !== 'from' && key !== 'to');
  const [from, to] = (['from', 'to'] as const).map((key) => readEnd(entry[key], key, path));
  const problems = [
    ...unknown.map((key) => unknownKey(key, path)),
    ...[from, to].flatMap((end) => (end !== undefined && 'code' in end ? [end] : [])),
  ];
  if (problems.length > 0 || from === undefined || to === undefined || 'code' in from || 'code' in to)
    return { moves: [], problems };
  return { moves: [{ from: from.address, to: to.address, path }], problems };
}

function unknownKey(key: string, path: Path): Problem {
  const meant = suggest(key, ['from', 'to']);
  return {
    code: 'schema.unknown-key',
    message: `moved has no key ${quote(key)}`,
    hint: meant === undefined ? 'its keys are from and to' : `did you mean ${meant}?`,
    path: [...path, key],
    on: 'key',
  };
}

function readEnd(value: unknown, key: 'from' | 'to', path: Path): Problem | { readonly address: Address } {
  if (value === undefined)
    return {
      code: 'schema.missing',
      message: `moved needs the key ${key}`,
      hint: example,
      path,
      on: 'table',
    };
  const read = z.string().safeParse(value);
  if (!read.success) {
    const message = `moved: ${key} must be a string, not ${describeValue(value)}`;
    return { code: 'schema.type', message, hint: example, path: [...path, key] };
  }
  const address = parseAddress(read.data);
  if (address !== undefined) return { address };
  const message = `moved: ${key} must be a kind and a name with a dot between them, not ${quote(read.data)}`;
  return { code: 'reference.missing', message, hint: example, path: [...path, key] };
}

/**
 * What cannot all be true. Of what is moved away nothing is declared any more; a chain may end at something that has
 * gone by now.
 */
export function checkMoved(moves: readonly MoveDraft[], declared: ReadonlySet<Address>): readonly Problem[] {
  const byFrom = firstBy(moves, ({ from }) => from);
  const byTo = firstBy(moves, ({ to }) => to);
  return moves.flatMap((move): readonly Problem[] => {
    const { from, to } = move;
    if (from === to) return wrong(move, 'to', `${from} is moved to itself`, 'remove this entry');
    const circle = circleOf(move, byFrom);
    if (circle !== undefined) {
      const hint = 'of a rename and the way back leave only the newest entry';
      // It is told once, where it closes.
      return circle.some((other) => moves.indexOf(other) > moves.indexOf(move))
        ? []
        : wrong(move, 'to', `${from} is moved in a circle: ${pathOfCircle(circle)}`, hint);
    }
    return [...checkEnds(move, byFrom.get(from), byTo.get(to)), ...checkDeclared(move, declared)];
  });
}

function checkEnds(move: MoveDraft, sameFrom = move, sameTo = move): readonly Problem[] {
  const { from, to } = move;
  if (kindOf(from) !== kindOf(to)) {
    const hint = `declare [${to}] as something new, and remove this entry`;
    return wrong(move, 'to', `${from} cannot become ${to}, which is of another kind`, hint);
  }
  if (sameFrom !== move) {
    const message = `${from} is moved to ${to}, and to ${sameFrom.to} as well`;
    return wrong(move, 'from', message, 'it is one thing: leave one of the two entries', sameFrom.path);
  }
  if (sameTo === move) return [];
  const message = `${from} is moved to ${to}, and so is ${sameTo.from}`;
  return wrong(
    move,
    'to',
    message,
    'two things cannot become one: leave one of the two entries',
    sameTo.path,
  );
}

function checkDeclared(move: MoveDraft, declared: ReadonlySet<Address>): readonly Problem[] {
  const { from, to } = move;
  if (!declared.has(from)) return [];
  const hint = `remove [${from}], which ${to} has taken the place of, or remove this entry`;
  return wrong(move, 'from', `${from} is moved to ${to}, and is still declared`, hint, from.split('.'));
}

/** Where something is moved to what is not there: it was removed since, or it is a mistake. */
export function doubtsAboutMoves(
  moves: readonly MoveDraft[],
  declared: ReadonlySet<Address>,
): readonly Problem[] {
  const left = new Set(moves.map(({ from }) => from));
  return moves.flatMap((move): readonly Problem[] => {
    const { from, to } = move;
    if (declared.has(to) || left.has(to)) return [];
    const meant = suggest(
      to,
      [...declared].filter((address) => kindOf(address) === kindOf(to)),
    );
    const hint = meant === undefined ? 'remove this entry if it was removed since' : `did you mean ${meant}?`;
    return wrong(move, 'to', `${from} is moved to ${to}, which is not declared`, hint).map((problem) => ({
      ...problem,
      code: 'reference.missing',
    }));
  });
}

function wrong(
  { path }: MoveDraft,
  end: 'from' | 'to',
  message: string,
  hint: string,
  elsewhere?: Path,
): readonly Problem[] {
  const also = elsewhere === undefined ? {} : { elsewhere };
  return [{ code: 'moved.conflict', message, hint, path: [...path, end], ...also }];
}

/** The entries of the circle that an entry is in; undefined: it is in none. */
function circleOf(
  move: MoveDraft,
  byFrom: ReadonlyMap<Address, MoveDraft>,
): readonly MoveDraft[] | undefined {
  const seen: MoveDraft[] = [];
  for (let next: MoveDraft | undefined = move; next !== undefined; next = byFrom.get(next.to)) {
    if (seen.includes(next)) return next === move ? seen : undefined;
    seen.push(next);
  }
  return undefined;
}

function pathOfCircle(circle: readonly MoveDraft[]): string {
  return [...circle.map(({ from }) => from), circle[0]?.from].join(' → ');
}

function firstBy(
  moves: readonly MoveDraft[],
  key: (move: MoveDraft) => Address,
): ReadonlyMap<Address, MoveDraft> {
  return new Map(moves.toReversed().map((move) => [key(move), move]));
}

function kindOf(address: Address): string {
  return address.slice(0, address.indexOf('.'));
}

/** The addresses that something had before, the newest first: of `a → b` and `b → c`, `c` was `b` and `a`. */
export function formerAddresses(
  address: Address,
  moves: readonly { readonly from: Address; readonly to: Address }[],
): readonly Address[] {
  const byTo = new Map(moves.map(({ from, to }) => [to, from]));
  const former: Address[] = [];
  for (let from = byTo.get(address); from !== undefined; from = byTo.get(from)) former.push(from);
  return former;
}
