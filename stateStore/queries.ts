import type { Database } from './database.ts';
import { accessQueriesOn } from './accessQueries.ts';
import { loopQueriesOn } from './loopQueries.ts';
import { address, integer, optionalInteger, optionalText, outcome, text, type Row } from './row.ts';
import type { Borrowed, Generation, InventoryRow, JournalRow, StateReader } from './stateStore.ts';

/** The reading half of a state database. */
export type Queries = Omit<StateReader, 'close'>;

/** Each is one statement, so it sees one state of the database. */
export function queriesOn(database: Database): Queries {
  return {
    ...loopQueriesOn(database),
    ...accessQueriesOn(database),

    claimant({ scope, project }) {
      const row = database.first('select file from claim where scope = ? and project = ?', scope, project);
      return row === undefined ? undefined : text(row, 'file');
    },

    projects(scope) {
      const rows = database.all('select project from claim where scope = ? order by project', scope);
      return rows.map((row) => text(row, 'project'));
    },

    inventory({ scope, project }) {
      const sql =
        'select address, identity, since from inventory where scope = ? and project = ? order by address';
      return database.all(sql, scope, project).map(inventoryRow);
    },

    pending({ scope, project }) {
      const sql = 'select * from journal where scope = ? and project = ? and outcome is null order by id';
      return database.all(sql, scope, project).map(journalRow);
    },

    journal({ scope, project }, limit) {
      const sql = 'select * from journal where scope = ? and project = ? order by id desc limit ?';
      return database.all(sql, scope, project, limit).map(journalRow);
    },

    generations({ scope, project }, limit) {
      const sql = 'select * from generation where scope = ? and project = ? order by number desc limit ?';
      return database.all(sql, scope, project, limit).map(generation);
    },

    tried(what) {
      const row = database.first('select found from trial where what = ?', what);
      return row === undefined ? undefined : text(row, 'found');
    },

    borrowed(scope) {
      const sql = `select key, original, user from borrowed join borrower using (scope, key)
        where scope = ? order by key, user`;
      return grouped(database.all(sql, scope));
    },
  };
}

function inventoryRow(row: Row): InventoryRow {
  return { address: address(row, 'address'), identity: text(row, 'identity'), since: integer(row, 'since') };
}

function journalRow(row: Row): JournalRow {
  return {
    id: integer(row, 'id'),
    run: text(row, 'run'),
    address: address(row, 'address'),
    step: text(row, 'step'),
    begun: integer(row, 'begun'),
    ended: optionalInteger(row, 'ended'),
    outcome: outcome(row, 'outcome'),
    error: optionalText(row, 'error'),
  };
}

function generation(row: Row): Generation {
  return {
    number: integer(row, 'number'),
    manifest: text(row, 'manifest'),
    commit: optionalText(row, 'revision'),
    appliedAt: integer(row, 'applied_at'),
  };
}

function grouped(rows: readonly Row[]): readonly Borrowed[] {
  const byKey = new Map<string, Borrowed & { users: string[] }>();
  for (const row of rows) {
    const key = text(row, 'key');
    const known = byKey.get(key);
    if (known === undefined)
      byKey.set(key, { key, original: text(row, 'original'), users: [text(row, 'user')] });
    else known.users.push(text(row, 'user'));
  }
  return [...byKey.values()];
}
