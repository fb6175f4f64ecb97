import type { Address } from '../schema/manifest.ts';
import type { AccessReader, AccessStore } from './accessState.ts';
import type { LoopReader, LoopStore } from './loopState.ts';
import type { OutboxStore } from './outboxState.ts';

/** A project in a scope; everything but the schema version is kept apart by it. */
export interface Owner {
  readonly scope: string;
  readonly project: string;
}

export interface InventoryRow {
  readonly address: Address;
  /** UUID of the resource. */
  readonly identity: string;
  /** ms since the epoch */
  readonly since: number;
}

/** `settled`: cut off, and found out by observing. */
export type Outcome = 'done' | 'failed' | 'settled';

export interface Intent {
  readonly run: string;
  readonly address: Address;
  readonly step: string;
}

export interface JournalRow extends Intent {
  readonly id: number;
  /** ms since the epoch */
  readonly begun: number;
  readonly ended: number | undefined;
  /** Undefined while an intent has no outcome. */
  readonly outcome: Outcome | undefined;
  readonly error: string | undefined;
}

export interface Generation {
  readonly number: number;
  /** The manifest as it was applied, in JSON. */
  readonly manifest: string;
  readonly commit: string | undefined;
  readonly appliedAt: number;
}

/** What was there before Nova's first write to something that cannot carry a mark. */
export interface Borrowed {
  readonly key: string;
  readonly original: string;
  readonly users: readonly string[];
}

/** What Nova remembers, read only. */
export interface StateReader extends LoopReader, AccessReader {
  /** The NovaFile that owns the project. */
  claimant(owner: Owner): string | undefined;
  /** Projects of a scope that are claimed, sorted. */
  projects(scope: string): readonly string[];
  /** Sorted by address. */
  inventory(owner: Owner): readonly InventoryRow[];
  /** Intents without an outcome, oldest first: what was in hand when a run was cut off. */
  pending(owner: Owner): readonly JournalRow[];
  /** The newest entries, newest first. */
  journal(owner: Owner, limit: number): readonly JournalRow[];
  /** Newest first. */
  generations(owner: Owner, limit: number): readonly Generation[];
  /** Sorted by key, its users sorted too. */
  borrowed(scope: string): readonly Borrowed[];
  /** What a trial of something of this machine came to, as it was told last; undefined: nobody has tried. */
  tried(what: string): string | undefined;

  close(): void;
}

/**
 * What Nova remembers. Losing it loses history, never control. Every call is one transaction, durable when it returns;
 * failures are NovaErrors `state.unwritable`, `host.full`, `state.damaged`, `state.newer` or `state.locked`.
 */
export interface StateStore extends StateReader, LoopStore, AccessStore, OutboxStore {
  /**
   * The NovaFile owns the project from now on; returns the other NovaFile when one already does. The claim of `instead`,
   * a NovaFile that is no longer there, passes on.
   */
  claim(owner: Owner, file: string, instead?: string): string | undefined;
  /** Everything of the project goes, but generations and the journal stay as history. */
  release(owner: Owner): void;

  /**
   * The row is there before the object is made. Rows given together are committed together. A row that is there with
   * the same identity keeps its `since`.
   */
  record(owner: Owner, rows: readonly InventoryRow[]): void;
  forget(owner: Owner, addresses: readonly Address[]): void;

  /**
   * Journals intents before their steps run; returns their ids in order. Steps before them that are done may be told
   * along: a single commit then.
   */
  begin(owner: Owner, intents: readonly Intent[], done?: readonly number[]): readonly number[];
  /**
   * Forgets all but the newest so many rows of the project's journal. An intent without an outcome is never forgotten, nor
   * is any number given out again.
   */
  prune(owner: Owner, kept: number): void;
  /** An outcome that is there already stays. */
  end(ids: readonly number[], outcome: Outcome, error?: string): void;

  /** Returns its number; a manifest equal to the newest one's adds none. */
  addGeneration(owner: Owner, manifest: string, commit?: string): number;

  /** One commit for everything that `work` writes here. */
  together<T>(work: () => T): T;
  /** Adds a user; the first one's `original` is kept. Returns the original. */
  borrow(scope: string, key: string, original: string, user: string): string;
  /**
   * Removes a user; returns the original when that was the last one. Restore the original first, or a crash in between
   * forgets it.
   */
  giveBack(scope: string, key: string, user: string): string | undefined;

  /** What a trial came to, in the place of what is known of an earlier one. */
  remember(what: string, found: string): void;
}
