import { parseAddress } from './kinds.ts';
import type { Address } from './manifest.ts';

/** `${container.db.ip}` in a text. */
export interface Reference {
  readonly address: Address;
  readonly output: string;
}

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reference'; readonly text: string; readonly reference: Reference }
  | { readonly type: 'malformed'; readonly text: string };

/** Each `${kind.name.output}` in a text, in order; `$${` stands for `${` itself. */
export function references(text: string): readonly Reference[] {
  return parts(text).flatMap((part) => (part.type === 'reference' ? [part.reference] : []));
}

/** What starts as a reference does and is none, as `${HOME}`; in order. */
export function malformedReferences(text: string): readonly string[] {
  return parts(text).flatMap((part) => (part.type === 'malformed' ? [part.text] : []));
}

/** The text with every reference replaced; or the references that `lookup` does not know, each once. */
export function resolve(
  text: string,
  lookup: (address: Address, output: string) => string | number | undefined,
): { readonly text: string } | { readonly unknown: readonly Reference[] } {
  const unknown = new Map<string, Reference>();
  const resolved = parts(text).map((part) => {
    if (part.type !== 'reference') return part.text;
    const value = lookup(part.reference.address, part.reference.output);
    if (value === undefined) unknown.set(part.text, part.reference);
    return String(value);
  });
  return unknown.size === 0 ? { text: resolved.join('') } : { unknown: [...unknown.values()] };
}

/** Text in which nothing is meant as a reference. */
export function escapeReferences(text: string): string {
  return text.replaceAll('${', () => '$${');
}

/** `${address.output}`, as it is written. */
export function formatReference({ address, output }: Reference): string {
  return `\${${address}.${output}}`;
}

/** A text, cut where something begins with `${`. Of `$${` comes the text `${`. */
export interface Piece {
  readonly type: 'text' | 'expression';
  readonly text: string;
}

export function pieces(text: string): readonly Piece[] {
  if (!text.includes('${')) return [{ type: 'text', text }];
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\$\{|\$\{[^{}\n]*\}?/g)) {
    const [written] = match;
    if (match.index > end) found.push({ type: 'text', text: text.slice(end, match.index) });
    found.push(written === '$${' ? { type: 'text', text: '${' } : { type: 'expression', text: written });
    end = match.index + written.length;
  }
  return end < text.length ? [...found, { type: 'text', text: text.slice(end) }] : found;
}

function parts(text: string): readonly Part[] {
  return pieces(text).map((piece) =>
    piece.type === 'text' ? { ...piece, type: 'text' } : partOf(piece.text),
  );
}

function partOf(written: string): Part {
  const [, address = '', output = ''] = /^\$\{([^.]+\.[^.]+)\.([a-z][a-z0-9_]*)\}$/.exec(written) ?? [];
  const known = parseAddress(address);
  if (known === undefined) return { type: 'malformed', text: written };
  return { type: 'reference', text: written, reference: { address: known, output } };
}
