import { hide, spellingsOf } from '../../schema/hide.ts';
import { isFulfilled, reveal, type Sensitive } from '../../schema/sensitive.ts';

/** Texts that nothing of this process may print. */
const kept = new Set<string>();

/** What this holds is taken out of everything that is printed from now on: messages of tools, logs of a capsule. */
export function keepFromOutput(one: Sensitive): void {
  if (!isFulfilled(one)) return;
  for (const spelling of spellingsOf(reveal(one))) kept.add(spelling);
}

/** The text without what is to be kept from it. */
export function redact(text: string): string {
  return kept.size === 0 ? text : hide(text, kept);
}
