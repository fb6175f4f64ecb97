import type { ChosenRef, OfferedRef } from './ref.ts';

/** A way to a repository. */
export interface Remote {
  /** Branches and tags. */
  offered(signal: AbortSignal): Promise<readonly OfferedRef[]>;
  /**
   * Brings the commit with its files, and what lies between it and what is here, to {@link Remote.gitdir}.
   * @param whole everything that came before it too
   */
  fetch(chosen: ChosenRef, signal: AbortSignal, whole?: boolean): Promise<void>;
  /** Takes away what was fetched: it may be damaged, and can be had again. Not of a repository that is read where it is. */
  forget?(): void;
  /** Where the objects are, once they were fetched. */
  readonly gitdir: string;
}

/** Who we are to it. Read anew each time, so that a new token is used at once. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}
