import type { RawTable } from '../table.ts';

/** One file of those that a NovaFile is made of. */
export interface Source {
  /** Absolute path. */
  readonly file: string;
  /** As it is shown. */
  readonly shownAs: string;
  /** Absolute; relative paths in the file start here. */
  readonly folder: string;
  readonly text: string;
  readonly document: RawTable;
}
