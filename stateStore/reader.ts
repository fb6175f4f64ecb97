import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { openCopy, openDatabase, type Database } from './database.ts';
import { stateFailure } from './failure.ts';
import { createMemoryStore } from './memory.ts';
import { migrate, migrations as allMigrations, versionOf } from './migrations.ts';
import { queriesOn, type Queries } from './queries.ts';
import type { StateReader } from './stateStore.ts';

/**
 * Reads `<directory>/nova.db` and changes nothing on disk; where there is no database, nothing is remembered.
 *
 * A database at rest is opened as immutable: SQLite would make a -wal and a -shm otherwise. That it was at rest is
 * checked after every read. While there is a -wal, its writer is at work or was killed, and SQLite's own protocol
 * between readers and writers is followed. Throws `state.damaged`, `state.newer` and `state.unwritable`.
 */
export function openStateReader(options: { directory: string; migrations?: readonly string[] }): StateReader {
  const { directory, migrations = allMigrations } = options;
  const path = join(directory, 'nova.db');
  const nothing = createMemoryStore();
  let resting: { readonly stamp: string; readonly source: Source } | undefined;

  function read<T>(query: (queries: Queries) => T): T {
    for (let attempt = 0; attempt < patience; attempt += 1) {
      const stamp = stampOf(path);
      if (stamp === undefined) return query(nothing);
      if (stamp === 'busy') break;
      try {
        const result = query(atRest(stamp));
        if (stampOf(path) === stamp) return result;
      } catch (thrown) {
        // What is read while a writer moves pages about may look like damage.
        if (stampOf(path) === stamp) throw thrown;
      }
    }
    return whileWritten(query);
  }

  function atRest(stamp: string): Queries {
    if (resting?.stamp !== stamp) {
      closeResting();
      const url = pathToFileURL(path);
      url.searchParams.set('immutable', '1');
      resting = { stamp, source: sourceOn(openDatabase(path, url, { readOnly: true }), migrations) };
    }
    return resting.source.queries;
  }

  /** Never kept open: the writer removes its -wal on closing only when nobody else has the database open. */
  function whileWritten<T>(query: (queries: Queries) => T): T {
    const source = sourceOn(openDatabase(path, path, { readOnly: true }), migrations);
    try {
      return query(source.queries);
    } finally {
      source.close();
    }
  }

  function closeResting(): void {
    resting?.source.close();
    resting = undefined;
  }

  return {
    claimant: (owner) => read((queries) => queries.claimant(owner)),
    projects: (scope) => read((queries) => queries.projects(scope)),
    inventory: (owner) => read((queries) => queries.inventory(owner)),
    pending: (owner) => read((queries) => queries.pending(owner)),
    journal: (owner, limit) => read((queries) => queries.journal(owner, limit)),
    generations: (owner, limit) => read((queries) => queries.generations(owner, limit)),
    borrowed: (scope) => read((queries) => queries.borrowed(scope)),
    tried: (what) => read((queries) => queries.tried(what)),
    sources: (scope) => read((queries) => queries.sources(scope)),
    conditions: (scope, source) => read((queries) => queries.conditions(scope, source)),
    events: (scope, query) => read((queries) => queries.events(scope, query)),
    tokens: () => read((queries) => queries.tokens()),
    audit: (query) => read((queries) => queries.audit(query)),
    close: closeResting,
  };
}

/** Reads that may be cut short by a writer before the writer's own protocol is followed. */
const patience = 20;

interface Source {
  readonly queries: Queries;
  close(): void;
}

/** An older database is migrated in a copy in memory; an empty one has nothing to tell. */
function sourceOn(database: Database, migrations: readonly string[]): Source {
  try {
    const version = versionOf(database, migrations);
    if (version === migrations.length) return { queries: queriesOn(database), close: () => database.close() };
    if (version === 0) {
      database.close();
      return { queries: createMemoryStore(), close: () => undefined };
    }
    const copy = openCopy(database.path, database.serialize());
    database.close();
    migrate(copy, migrations);
    return { queries: queriesOn(copy), close: () => copy.close() };
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** What changes whenever the file does; `busy` while there is a -wal; undefined when there is no file. */
function stampOf(path: string): string | undefined {
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (file === undefined) return undefined;
    if (statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined) return 'busy';
    return `${file.ino}:${file.size}:${file.mtimeNs}`;
  } catch (thrown) {
    throw stateFailure(thrown, path);
  }
}
