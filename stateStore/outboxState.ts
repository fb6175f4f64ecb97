/** Something that others are to be told, until they were. */
export interface Letter {
  /** Whom it goes to. */
  readonly channel: string;
  /** Of what it says: a letter with a key that was posted to the channel once is not posted again. */
  readonly key: string;
  /** JSON */
  readonly body: string;
}

export interface OutboxRow extends Letter {
  /** Rising: what is older is told first. */
  readonly id: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** ms since the epoch; not before that */
  readonly due: number;
}

export interface OutboxStore {
  /** Those that have not arrived, oldest first. */
  outbox(): readonly OutboxRow[];
  /** The last event that letters of a name were written for; undefined at first. */
  outboxCursor(name: string): number | undefined;
  /** All of them and the cursor, or nothing. */
  post(name: string, event: number, letters: readonly Letter[]): void;
  /** It has arrived, or never will. */
  posted(id: number): void;
  /** Tried again from `due` on. */
  notPosted(id: number, due: number): void;
}
