import { quote, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';
import { describeValue } from './words.ts';

/** What a plan may do to what runs without a person agreeing to it. */
export const automatics = ['create', 'update', 'restart', 'replace', 'delete'] as const;
export type Automatic = (typeof automatics)[number];

export interface AutomaticRead {
  /** Undefined: nothing is said of it. */
  readonly auto: readonly Automatic[] | undefined;
  readonly problems: readonly Problem[];
}

/** Reads `auto = ["create", "update", "restart"]`. */
export function readAuto(written: unknown): AutomaticRead {
  if (written === undefined) return { auto: undefined, problems: [] };
  const hint = 'for example auto = ["create", "update", "restart"]';
  if (!Array.isArray(written)) {
    const message = `auto must be an array, not ${describeValue(written)}`;
    return { auto: undefined, problems: [{ code: 'schema.type', message, hint, path: ['auto'] }] };
  }
  const problems = written.flatMap((word: unknown, index): readonly Problem[] => {
    const path = ['auto', index];
    if (typeof word !== 'string') {
      const message = `auto takes words, not ${describeValue(word)}`;
      return [{ code: 'schema.type', message, hint, path }];
    }
    if (isAutomatic(word)) return [];
    const meant = suggest(word, automatics);
    const message = `auto knows no ${quote(word)}`;
    const help = meant === undefined ? `it knows ${automatics.join(', ')}` : `did you mean ${meant}?`;
    return [{ code: 'schema.value', message, hint: help, path }];
  });
  return { auto: written.filter(isAutomatic), problems };
}

function isAutomatic(word: unknown): word is Automatic {
  return automatics.some((each) => each === word);
}
