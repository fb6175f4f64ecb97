import type { Issue } from '../../schema/errors.ts';
import type { Manifest } from '../../schema/manifest.ts';

/** Where desired state comes from. */
export interface Source {
  readonly name: string;
  /** For people: `folder /srv/lab`. */
  readonly about: string;
  /** ms between two looks, without jitter */
  readonly interval: number;
  /**
   * The newest revision, read and whole; undefined when it is the one that is known.
   * @throws NovaError `source.*`, `file.unreadable`
   */
  read(seen: Seen, signal: AbortSignal): Promise<Delivery | undefined>;
  /** What it would refuse because it goes back is taken with the next look. */
  allowBack?(): void;
  /** Tells that there may be something new, until it is closed. */
  watch?(changed: () => void): { close(): Promise<void> };
}

/** What of a source was read before. */
export interface Seen {
  /** The revision that was delivered last. */
  readonly known: string | undefined;
  /** The last good one; a source that has an order does not go back behind it. */
  readonly floor: string | undefined;
}

/** One revision: its manifest, or everything that is wrong with it. */
export interface Delivery {
  readonly revision: string;
  readonly commit: string | undefined;
  readonly manifest: Manifest | undefined;
  readonly issues: readonly Issue[];
}
