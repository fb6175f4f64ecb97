/** What somebody may do over the control API; each may also do what those before it may. */
export const roles = ['view', 'plan', 'apply', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who may come in by a token; of the token itself only its hash is kept. */
export interface TokenRow {
  readonly name: string;
  /** SHA-256 in hexadecimal: a token is random enough that nobody can try them all. */
  readonly hash: string;
  readonly role: Role;
  /** ms since the epoch */
  readonly since: number;
}

export interface NewAuditRow {
  /** `token ci`, `root over the socket` */
  readonly actor: string;
  /** `apply`, `approve`, `exec` */
  readonly action: string;
  /** The name of a source, or what else it was done to. */
  readonly subject: string;
  /** Hash of the plan that was agreed to. */
  readonly plan: string | undefined;
  readonly outcome: 'done' | 'refused';
  readonly detail: string;
}

/** Who changed what, or was not let. */
export interface AuditRow extends NewAuditRow {
  readonly id: number;
  /** ms since the epoch */
  readonly at: number;
}

export interface AccessReader {
  /** Sorted by name. */
  tokens(): readonly TokenRow[];
  /** The oldest of those after an id, oldest first. */
  audit(query: { readonly after?: number; readonly limit: number }): readonly AuditRow[];
}

export interface AccessStore extends AccessReader {
  /** In the place of one of that name. */
  putToken(row: TokenRow): void;
  /** Whether there was one. */
  dropToken(name: string): boolean;
  /** Durable when it returns; nothing takes a row away again. */
  addAudit(row: NewAuditRow): void;
}
