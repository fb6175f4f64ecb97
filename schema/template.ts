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

/** `${address.output}`, as it is written. */
export function formatReference({ address, output }: Reference): string {
  return `\${${address}.${output}}`;
}

function parts(text: string): readonly Part[] {
  if (!text.includes('${')) return [{ type: 'text', text }];
  const found: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\$\{|\$\{[^{}\n]*\}?/g)) {
    found.push({ type: 'text', text: text.slice(end, match.index) }, partOf(match[0]));
    end = match.index + match[0].length;
  }
  return [...found, { type: 'text', text: text.slice(end) }];
}

function partOf(written: string): Part {
  if (written === '$${') return { type: 'text', text: '${' };
  const [, address = '', output = ''] = /^\$\{([^.]+\.[^.]+)\.([a-z][a-z0-9_]*)\}$/.exec(written) ?? [];
  const known = parseAddress(address);
  if (known === undefined) return { type: 'malformed', text: written };
  return { type: 'reference', text: written, reference: { address: known, output } };
}
