import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { accessCommandsOn } from './accessQueries.ts';
import { openDatabase, type Database } from './database.ts';
import { stateFailure } from './failure.ts';
import { loopCommandsOn } from './loopQueries.ts';
import { migrate, migrations as allMigrations, versionOf } from './migrations.ts';
import { outboxOn } from './outboxQueries.ts';
import { queriesOn, type Queries } from './queries.ts';
import { integer, text } from './row.ts';
import type { Outcome, StateStore } from './stateStore.ts';

export interface StateStoreOptions {
  /** Made, readable by its owner alone, when it is not there. */
  readonly directory: string;
  readonly clock?: { now(): number };
  readonly migrations?: readonly string[];
}

/**
 * Opens `<directory>/nova.db` for writing, and writes to it, so that what is wrong with it is known before anything
 * else is changed. Throws `state.unwritable`, `host.full`, `state.damaged`, `state.newer`, and `state.locked` when
 * another process keeps writing.
 */
export function openStateStore(options: StateStoreOptions): StateStore {
  const { directory, clock = Date, migrations = allMigrations } = options;
  const path = join(directory, 'nova.db');
  prepareFile(directory, path);
  const database = openDatabase(path, path);
  try {
    // Asked before the first change: the database may not be ours.
    versionOf(database, migrations);
    database.exec('pragma journal_mode = wal; pragma synchronous = full');
    migrate(database, migrations);
    database.run('insert into opening values (1, ?) on conflict do update set at = excluded.at', clock.now());
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  const queries = queriesOn(database);
  return { ...queries, ...commandsOn(database, queries, clock), close: () => database.close() };
}

/** The file is there with its mode before SQLite, which gives its -wal and -shm the same mode, opens it. */
function prepareFile(directory: string, path: string): void {
  try {
    mkdirSync(dirname(directory), { recursive: true });
    if (mkdirSync(directory, { recursive: true }) !== undefined) chmodSync(directory, 0o700);
    // Never opened and closed here once it exists: closing lets go of the locks of every connection in this process.
    const known = statSync(path, { throwIfNoEntry: false });
    if (known === undefined) closeSync(openSync(path, 'a', 0o600));
    else if ((known.mode & 0o777) !== 0o600) chmodSync(path, 0o600);
  } catch (thrown) {
    throw stateFailure(thrown, path);
  }
}

function commandsOn(
  database: Database,
  queries: Queries,
  clock: { now(): number },
): Omit<StateStore, keyof Queries | 'close'> {
  const endAll = (ids: readonly number[], outcome: Outcome, error?: string): void => {
    const ended = clock.now();
    const sql = 'update journal set ended = ?, outcome = ?, error = ? where id = ? and outcome is null';
    for (const id of ids) database.run(sql, ended, outcome, error ?? null, id);
  };
  return {
    ...loopCommandsOn(database, clock),
    ...accessCommandsOn(database, clock),
    ...outboxOn(database),

    claim: (owner, file, instead) =>
      database.write(() => {
        const { scope, project } = owner;
        const gone = 'delete from claim where scope = ? and project = ? and file = ?';
        if (instead !== undefined) database.run(gone, scope, project, instead);
        database.run('insert into claim values (?, ?, ?) on conflict do nothing', scope, project, file);
        const claimant = queries.claimant(owner);
        return claimant === file ? undefined : claimant;
      }),

    release: ({ scope, project }) =>
      database.write(() => {
        database.run('delete from claim where scope = ? and project = ?', scope, project);
        database.run('delete from inventory where scope = ? and project = ?', scope, project);
      }),

    record: ({ scope, project }, rows) =>
      database.write(() => {
        const sql = `insert into inventory values (?, ?, ?, ?, ?) on conflict do update
          set identity = excluded.identity, since = excluded.since where identity != excluded.identity`;
        for (const row of rows) database.run(sql, scope, project, row.address, row.identity, row.since);
      }),

    forget: ({ scope, project }, addresses) =>
      database.write(() => {
        const sql = 'delete from inventory where scope = ? and project = ? and address = ?';
        for (const address of addresses) database.run(sql, scope, project, address);
      }),

    begin: ({ scope, project }, intents, done = []) =>
      database.write(() => {
        endAll(done, 'done');
        const begun = clock.now();
        const sql = `insert into journal (scope, project, run, address, step, begun) values (?, ?, ?, ?, ?, ?)
          returning id`;
        return intents.flatMap(({ run, address, step }) => {
          const rows = database.all(sql, scope, project, run, address, step, begun);
          return rows.map((row) => integer(row, 'id'));
        });
      }),

    end: (ids, outcome, error) => database.write(() => endAll(ids, outcome, error)),

    prune: ({ scope, project }, kept) =>
      database.write(() => {
        const beyond =
          'select id from journal where scope = ? and project = ? order by id desc limit 1 offset ?';
        const newest = database.first(beyond, scope, project, kept);
        if (newest === undefined) return;
        const sql = 'delete from journal where scope = ? and project = ? and id <= ? and outcome is not null';
        database.run(sql, scope, project, integer(newest, 'id'));
      }),

    addGeneration: (owner, manifest, commit) =>
      database.write(() => {
        const [newest] = queries.generations(owner, 1);
        if (newest?.manifest === manifest) return newest.number;
        const number = (newest?.number ?? 0) + 1;
        const { scope, project } = owner;
        const sql = 'insert into generation values (?, ?, ?, ?, ?, ?)';
        database.run(sql, scope, project, number, manifest, commit ?? null, clock.now());
        return number;
      }),

    remember: (what, found) =>
      database.write(() => {
        const sql = 'insert into trial values (?, ?) on conflict do update set found = excluded.found';
        database.run(sql, what, found);
      }),

    together: (work) => database.write(work),

    borrow: (scope, key, original, user) =>
      database.write(() => {
        database.run('insert into borrowed values (?, ?, ?) on conflict do nothing', scope, key, original);
        database.run('insert into borrower values (?, ?, ?) on conflict do nothing', scope, key, user);
        return originalOf(database, scope, key) ?? original;
      }),

    giveBack: (scope, key, user) =>
      database.write(() => {
        const original = originalOf(database, scope, key);
        database.run('delete from borrower where scope = ? and key = ? and user = ?', scope, key, user);
        const another = database.first(
          'select 1 from borrower where scope = ? and key = ? limit 1',
          scope,
          key,
        );
        if (another !== undefined) return undefined;
        database.run('delete from borrowed where scope = ? and key = ?', scope, key);
        return original;
      }),
  };
}

function originalOf(database: Database, scope: string, key: string): string | undefined {
  const row = database.first('select original from borrowed where scope = ? and key = ?', scope, key);
  return row === undefined ? undefined : text(row, 'original');
}
