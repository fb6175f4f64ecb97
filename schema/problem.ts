import type { ErrorCode } from './errors.ts';

/** Keys and indices from the top of the NovaFile: `['container', 'web', 'ports', 0]`. */
export type Path = readonly (string | number)[];

/** Something wrong (or doubtful) at a path; it becomes an issue when the path's place in the text is known. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly path: Path;
  /** Absolute path of the file whose own path it is. Default: it is a path of all files together. */
  readonly file?: string;
  /** What to point at: the value (the default), the key, or the table that the path names. */
  readonly on?: 'value' | 'key' | 'table';
  /** What stands there may be the value of a secret: it is not shown. */
  readonly veiled?: true;
  /** Part of the text at the path to point at, as `${container.db.ip}` within a longer string. */
  readonly within?: string;
  /** A second place, whose location ends the message: `… of network.lan at lab.toml:3:10`. */
  readonly elsewhere?: Path;
  readonly elsewhereFile?: string;
}

/**
 * A problem between keys of one table; its path starts within that table. It is no news when a key that it involves is
 * wrong in itself.
 */
export interface TableProblem extends Problem {
  readonly involves?: readonly string[];
}

/** Text for a message: quoted, control characters escaped, cut when long. */
export function quote(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(short).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** `a`, `a or b`, `a, b or c` */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
