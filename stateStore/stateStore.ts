import type { Address } from '../schema/manifest.ts';

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
  readonly outcome: 'done' | 'failed' | 'settled' | undefined;
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

/**
 * What Nova remembers. Losing it loses history, never control. Every call is one transaction, durable when it returns;
 * failures are NovaErrors `state.unwritable`, `host.full`, `state.damaged` or `state.newer`.
 */
export interface StateStore {
  /** The folder's NovaFile owns the project from now on; returns the other NovaFile when one already does. */
  claim(owner: Owner, file: string): string | undefined;
  claimant(owner: Owner): string | undefined;
  /** Everything of the project goes, but generations and the journal stay as history. */
  release(owner: Owner): void;
  /** Projects of a scope that are claimed. */
  projects(scope: string): readonly string[];

  /** The row is there before the object is made. Rows given together are committed together. */
  record(owner: Owner, rows: readonly InventoryRow[]): void;
  forget(owner: Owner, addresses: readonly Address[]): void;
  inventory(owner: Owner): readonly InventoryRow[];

  /** Journals intents before their steps run; returns their ids in order. */
  begin(owner: Owner, intents: readonly Intent[]): readonly number[];
  end(ids: readonly number[], outcome: 'done' | 'failed' | 'settled', error?: string): void;
  /** Intents without an outcome: what was in hand when a run was cut off. */
  pending(owner: Owner): readonly JournalRow[];
  /** The newest entries, newest first. */
  journal(owner: Owner, limit: number): readonly JournalRow[];

  /** Returns its number; a manifest equal to the newest one's adds none. */
  addGeneration(owner: Owner, manifest: string, commit?: string): number;
  /** Newest first. */
  generations(owner: Owner, limit: number): readonly Generation[];

  /** Adds a user; the first one's `original` is kept. Returns the original. */
  borrow(scope: string, key: string, original: string, user: string): string;
  /** Removes a user; returns the original when that was the last one. */
  giveBack(scope: string, key: string, user: string): string | undefined;
  borrowed(scope: string): readonly Borrowed[];

  close(): void;
}
