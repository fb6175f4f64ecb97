import { help } from '../help.ts';

/** A word that may stand on a command line, with what the help says of it. */
export interface Word {
  readonly word: string;
  readonly about: string;
}

/** The commands, as the help lists them: what it does not tell is not completed either. */
export const commandWords: readonly Word[] = [
  ...help.matchAll(/^ {2}nova (\S+)(?: [^ ]\S*)*? {2,}(\S.*)$/gm),
].map(([, word = '', about = '']) => ({ word, about }));

/** An option with all its names, and what its value is called. */
export interface OptionWord extends Word {
  readonly short: string | undefined;
  /** `FILE`, `ADDRESS`; undefined when it takes none. */
  readonly value: string | undefined;
}

export const optionWords: readonly OptionWord[] = [
  ...help.matchAll(/^ {2}(?:(-[a-z]), | {4})(--[a-z0-9-]+)(?: ([A-Z]+))? {2,}(\S.*)$/gm),
].map(([, short, word = '', value, about = '']) => ({ word, short, value, about }));
