import { hidden, isFulfilled, reveal, type Sensitive } from '../../schema/sensitive.ts';

/** Texts that nothing of this process may print, each also as JSON spells it. */
const kept = new Set<string>();

/** Shorter ones are in every other word: to take them out of a text would tell more than to leave them. */
const shortest = 4;

/** What this holds is taken out of everything that is printed from now on: messages of tools, logs of a capsule. */
export function keepFromOutput(one: Sensitive): void {
  if (!isFulfilled(one)) return;
  for (const line of [reveal(one), ...reveal(one).split('\n')]) {
    if (line.length < shortest) continue;
    kept.add(line);
    kept.add(JSON.stringify(line).slice(1, -1));
  }
}

/** The text without what is to be kept from it; longer ones first, as one may be part of another. */
export function redact(text: string): string {
  if (kept.size === 0) return text;
  const found = [...kept].filter((value) => text.includes(value)).toSorted((a, b) => b.length - a.length);
  return found.reduce((rest, value) => rest.replaceAll(value, hidden), text);
}
