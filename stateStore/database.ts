import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { URL } from 'node:url';

import { stateFailure } from './failure.ts';
import type { Row } from './row.ts';

/** A SQLite connection that prepares each statement once and fails with NovaErrors. */
export interface Database {
  /** Where it is, for messages. */
  readonly path: string;
  exec(sql: string): void;
  run(sql: string, ...values: SQLInputValue[]): void;
  all(sql: string, ...values: SQLInputValue[]): Row[];
  first(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** One transaction, which holds the right to write from its beginning; rolled back when `work` throws. One in another is part of it. */
  write<T>(work: () => T): T;
  /** Its whole content, as a database file would hold it. */
  serialize(): Uint8Array;
  close(): void;
}

/** @param location a path, a `file:` URL, or `:memory:` */
export function openDatabase(
  path: string,
  location: string | URL,
  options: { readOnly?: boolean } = {},
): Database {
  return attempt(path, () => {
    const connection = new DatabaseSync(location, {
      ...options,
      timeout: busyTimeout,
      enableForeignKeyConstraints: true,
    });
    return databaseOn(path, connection);
  });
}

/** A private copy in memory of what {@link Database.serialize} gave. */
export function openCopy(path: string, content: Uint8Array): Database {
  return attempt(path, () => {
    const bytes = new Uint8Array(content);
    // A database in memory has no WAL: say so in its header (bytes 18 and 19, https://sqlite.org/fileformat2.html).
    bytes[18] = 1;
    bytes[19] = 1;
    const connection = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
    connection.deserialize(bytes);
    return databaseOn(path, connection);
  });
}

/** ms that a call waits for another process's transaction */
const busyTimeout = 5000;

function databaseOn(path: string, connection: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  function rollBack(): void {
    // After a full disk SQLite has rolled back by itself.
    if (connection.isTransaction) connection.exec('rollback');
  }

  return {
    path,
    exec: (sql) => attempt(path, () => connection.exec(sql)),
    run: (sql, ...values) => {
      attempt(path, () => prepare(sql).run(...values));
    },
    all: (sql, ...values) => attempt(path, () => prepare(sql).all(...values)),
    first: (sql, ...values) => attempt(path, () => prepare(sql).get(...values)),
    write: (work) =>
      attempt(path, () => {
        if (connection.isTransaction) return work();
        connection.exec('begin immediate');
        try {
          const result = work();
          connection.exec('commit');
          return result;
        } catch (thrown) {
          rollBack();
          throw thrown;
        }
      }),
    serialize: () => attempt(path, () => connection.serialize()),
    close: () => {
      statements.clear();
      if (connection.isOpen) connection.close();
    },
  };
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw stateFailure(thrown, path);
  }
}
