import { hidden } from './sensitive.ts';

/** Shorter ones are in every other word: to take them out of a text would tell more than to leave them. */
const shortest = 4;

/**
 * Ways in which a value may stand in a text: whole, and each of its lines; as it is, and as JSON, XML (JUnit), annotations of a forge, an
 * address and base64 (credentials of machines) spell it.
 */
export function spellingsOf(value: string): readonly string[] {
  const parts = [value, ...value.split('\n')].filter((part) => part.length >= shortest);
  const spelled = parts.flatMap((part) => [
    part,
    JSON.stringify(part).slice(1, -1),
    xml(part),
    annotation(part),
    encodeURIComponent(part.toWellFormed()),
  ]);
  return [...new Set([...spelled, ...(value.length < shortest ? [] : [base64(value)])])];
}

/** The text without these; longer ones first, as one may be part of another. */
export function hide(text: string, spellings: Iterable<string>): string {
  const found = [...spellings].filter((value) => text.includes(value));
  return found
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, hidden), text);
}

function xml(text: string): string {
  return annotation(text, {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '\n': '&#10;',
    '\r': '&#13;',
    '\t': '&#9;',
  });
}

/** See `controller/render/github.ts`. */
function annotation(
  text: string,
  escapes: Readonly<Record<string, string>> = { '%': '%25', '\r': '%0D', '\n': '%0A' },
): string {
  return text.replaceAll(/[&<>"\n\r\t%]/g, (character) => escapes[character] ?? character);
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}
