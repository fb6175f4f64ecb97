import type { AST } from 'toml-eslint-parser';

/** What a key of a table is given. */
export type KeyValue = string | number | readonly string[];

/**
 * A NovaFile with one more table, after the last one of its kind, or at the end; every other character stays.
 * @param source TOML that can be read
 */
export async function addTable(
  source: string,
  [kind, name]: readonly [kind: string, name: string],
  keys: ReadonlyMap<string, KeyValue>,
): Promise<string> {
  const { parseTOML } = await import('toml-eslint-parser');
  const [top] = parseTOML(source, { tomlVersion: '1.1' }).body;
  const last = top.body.findLast((node) => node.type === 'TOMLTable' && node.resolvedKey[0] === kind);
  const at = last === undefined ? source.length : endOfLine(source, last);
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  const lines = [
    `[${kind}.${keyText(name)}]`,
    ...[...keys].map(([key, value]) => `${keyText(key)} = ${valueText(value)}`),
  ];
  const [before, after] = [source.slice(0, at), source.slice(at)];
  const ended = before === '' || before.endsWith('\n') ? before : `${before}${eol}`;
  return `${ended}${ended === '' ? '' : eol}${lines.join(eol)}${eol}${after}`;
}

/** What a line ends with, a comment perhaps, belongs to what stands before it. */
function endOfLine(source: string, { range }: AST.TOMLNode): number {
  const end = source.indexOf('\n', range[1]);
  return end === -1 ? source.length : end + 1;
}

function keyText(name: string): string {
  return /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
}

/** What JSON calls a string is one in TOML. */
function valueText(value: KeyValue): string {
  return typeof value === 'object' ? `[${value.map(valueText).join(', ')}]` : escaped(JSON.stringify(value));
}

/** But for one character, which TOML wants escaped too. */
function escaped(text: string): string {
  return text.replaceAll('\u007F', String.raw`\u007F`);
}
