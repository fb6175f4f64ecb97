/** What a controller remembers of one place that desired state comes from. */
export interface SourceRow {
  readonly name: string;
  /** The project that its NovaFile named last. */
  readonly project: string | undefined;
  /** The revision that was tried last. */
  readonly revision: string | undefined;
  /** As `revision`, once that came to Ready or Stalled: whoever waits for a revision needs no deadline. */
  readonly observedRevision: string | undefined;
  /** The last revision that came to Ready, and the number of its generation. */
  readonly goodRevision: string | undefined;
  readonly goodGeneration: number | undefined;
  readonly suspended: boolean;
  /** A revision that did not come to Ready and is not tried again. */
  readonly quarantined: string | undefined;
  /** Hash of what a person agreed to. */
  readonly approved: string | undefined;
  /** Addresses, in JSON, that a person has stopped: they stay so until that is taken back. */
  readonly held: string | undefined;
}

/** `Ready` is always there; `Reconciling` and `Stalled` only while they are true. */
export type ConditionType = 'Ready' | 'Reconciling' | 'Stalled';

export interface Condition {
  /** Address of a resource; empty for the source as a whole. */
  readonly subject: string;
  readonly type: ConditionType;
  readonly status: boolean;
  /** An error code, or a word: `Converged`, `Blocked`. */
  readonly reason: string;
  readonly message: string;
  /** ms since the epoch; when `status` became what it is */
  readonly since: number;
}

export interface NewEvent {
  /** Address of a resource; empty for the source as a whole. */
  readonly subject: string;
  readonly severity: 'normal' | 'warning';
  /** An error code, or a word: `Applied`, `RolledBack`. */
  readonly reason: string;
  readonly message: string;
  readonly revision: string | undefined;
}

/** Something that happened, as it is told afterwards. */
export interface LoopEvent extends NewEvent {
  /** Rising in a database; of a source a later one is greater. */
  readonly id: number;
  /** ms since the epoch */
  readonly at: number;
  readonly source: string;
}

/** What changes about one source at once. */
export interface SourceNote {
  readonly row?: SourceRow;
  /** Each takes the place of the one with its subject and type. */
  readonly conditions?: readonly Condition[];
  readonly cleared?: readonly Pick<Condition, 'subject' | 'type'>[];
  readonly events?: readonly NewEvent[];
}

export interface EventQuery {
  readonly after?: number;
  readonly limit: number;
  readonly first?: boolean;
}

/** What controllers remember of a scope, read only. */
export interface LoopReader {
  /** Sorted by name. */
  sources(scope: string): readonly SourceRow[];
  /** Sorted by subject, then by type. */
  conditions(scope: string, source: string): readonly Condition[];
  /** The newest of those after an id, or with `first` the oldest of them; oldest first. */
  events(scope: string, query: EventQuery): readonly LoopEvent[];
}

export interface LoopStore extends LoopReader {
  /** All of it or nothing, durable when it returns. */
  note(scope: string, source: string, note: SourceNote): void;
}
