import type { AST, parseTOML as ParseTOML } from 'toml-eslint-parser';

import { scanHeaders } from './headers.ts';
import type { End } from './errors.ts';
import type { Location } from './location.ts';
import type { Path, Problem } from './problem.ts';

/** Where a path of the NovaFile stands in its text. */
export type Locate = (place: Pick<Problem, 'path' | 'on' | 'within'>) => Located;

export interface Located {
  readonly at: Location;
  /** Where a key or a value ends; of a whole table that is not said. */
  readonly until?: End;
}

/**
 * Reads the text again, with a parser that keeps positions: ten times slower, hence loaded and run only when there is
 * something to point at. `text` must be TOML.
 */
export async function loadLocator(): Promise<(text: string, file: string) => Locate> {
  const { parseTOML } = await import('toml-eslint-parser');
  return (text, file) => locator(parseTOML, text, file);
}

function locator(parseTOML: typeof ParseTOML, text: string, file: string): Locate {
  const top = entry();
  try {
    const [table] = parseTOML(text, { tomlVersion: '1.1' }).body;
    for (const node of table.body) addNode(top, node);
  } catch {
    // It gives up where a string has more than some 100,000 characters. The table is a good place still.
    const headers = scanHeaders(text, file);
    return ({ path }) => ({ at: headers.get(path.slice(0, 2).join('.')) ?? { file, line: 1, column: 1 } });
  }
  return (place) => locationOf(top, place, text, file);
}

interface Place {
  readonly line: number;
  /** From 0. */
  readonly column: number;
  /** Offsets of start and end in the text. */
  readonly range: readonly [number, number];
  readonly end: End;
  /** A table has no end worth telling: that of its last key. */
  readonly open: boolean;
}

/** What is known of one path: where its key, its value and its header are, and what is below it. */
interface Entry {
  key?: Place;
  value?: Place;
  header?: Place;
  readonly below: Map<string | number, Entry>;
}

function entry(): Entry {
  return { below: new Map() };
}

function addNode(top: Entry, node: AST.TOMLKeyValue | AST.TOMLTable): void {
  if (node.type === 'TOMLKeyValue') return addKeyValue(top, node);
  const table = node.resolvedKey.reduce((parent: Entry, part) => child(parent, part), top);
  let named = top;
  const names = node.key.keys.values();
  for (const part of node.resolvedKey) {
    named = child(named, part);
    const key = typeof part === 'string' ? names.next().value : undefined;
    if (key !== undefined) named.key ??= placeOf(key);
  }
  table.header ??= placeOf(node);
  for (const keyValue of node.body) addKeyValue(table, keyValue);
}

function addKeyValue(parent: Entry, { key, value }: AST.TOMLKeyValue): void {
  let target = parent;
  for (const part of key.keys) {
    target = child(target, part.type === 'TOMLBare' ? part.name : part.value);
    target.key ??= placeOf(part);
  }
  addValue(target, value);
}

function addValue(target: Entry, value: AST.TOMLContentNode): void {
  target.value = placeOf(value);
  if (value.type === 'TOMLInlineTable') for (const inner of value.body) addKeyValue(target, inner);
  if (value.type === 'TOMLArray')
    value.elements.forEach((element, index) => addValue(child(target, index), element));
}

function child(parent: Entry, part: string | number): Entry {
  const known = parent.below.get(part);
  if (known !== undefined) return known;
  const made = entry();
  parent.below.set(part, made);
  return made;
}

function placeOf({ type, loc, range }: AST.TOMLNode): Place {
  const end = { line: loc.end.line, column: loc.end.column + 1 };
  return { line: loc.start.line, column: loc.start.column, range, end, open: type === 'TOMLTable' };
}

function locationOf(
  top: Entry,
  { path, on = 'value', within }: Pick<Problem, 'path' | 'on' | 'within'>,
  text: string,
  file: string,
): Located {
  const { found, whole } = deepest(top, path);
  const place = placeFor(found, whole ? on : 'value');
  if (place === undefined) return { at: { file, line: 1, column: 1 } };
  const offset = within === undefined ? -1 : text.slice(...place.range).indexOf(within);
  if (within === undefined || offset <= 0) {
    const at = { file, line: place.line, column: place.column + 1 };
    return place.open ? { at } : { at, until: place.end };
  }
  const before = text.slice(place.range[0], place.range[0] + offset).split('\n');
  const column = (before.length === 1 ? place.column : 0) + (before.at(-1) ?? '').length + 1;
  const line = place.line + before.length - 1;
  // What is pointed at within a text stands in one line.
  return { at: { file, line, column }, until: { line, column: column + within.length } };
}

/** The entry of a path, or of as much of it as is there. */
function deepest(top: Entry, path: Path): { readonly found: Entry; readonly whole: boolean } {
  let found = top;
  for (const part of path) {
    const next = found.below.get(part);
    if (next === undefined) return { found, whole: false };
    found = next;
  }
  return { found, whole: true };
}

function placeFor({ key, value, header }: Entry, on: 'value' | 'key' | 'table'): Place | undefined {
  if (on === 'key') return key ?? value ?? header;
  if (on === 'table') return header ?? value ?? key;
  return value ?? header ?? key;
}
