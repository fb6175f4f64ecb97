import type { Address, Kind } from '../../schema/manifest.ts';

/** Something on the host that a NovaFile can say, as a table of it. */
export interface Found {
  readonly kind: Kind;
  /** As it is called on the host. */
  readonly calledThere: string;
  /** Nova can take it over as it is; otherwise it makes another one beside it. */
  readonly adoptable: boolean;
  /** The project that it belonged to, and can belong to again; undefined: any. */
  readonly project?: string;
  /** Keys of the table, in the NovaFile's forms. */
  readonly table: Readonly<Record<string, unknown>>;
  /** What of it the table does not say, each a sentence. */
  readonly notes: readonly string[];
  /** What its table refers to. */
  readonly needs?: readonly Address[];
}

/**
 * What is to be said of everything that Nova would make anew (see `.github/decisions/import.md`).
 * @param why it is not taken over, and how it is stopped
 */
export function beside(why: string, stop: string): string {
  return `Nova cannot take it over while it runs, as ${why}: applying this makes another one. Stop this one first: ${stop}.`;
}

/** `my_App.1` becomes `my-app-1`: a name that everything can have. */
export function nameFrom(calledThere: string): string {
  const plain = calledThere.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return plain.slice(0, 40).replaceAll(/^-+|-+$/g, '') || 'imported';
}
