import type { Database } from './database.ts';
import type { Condition, ConditionType, LoopEvent, LoopReader, LoopStore, SourceRow } from './loopState.ts';
import { integer, oneOf, optionalInteger, optionalText, text, type Row } from './row.ts';

/** Each is one statement, so it sees one state of the database. */
export function loopQueriesOn(database: Database): LoopReader {
  return {
    sources(scope) {
      return database.all('select * from source where scope = ? order by name', scope).map(sourceRow);
    },

    conditions(scope, source) {
      const sql = 'select * from condition where scope = ? and source = ? order by subject, type';
      return database.all(sql, scope, source).map(condition);
    },

    events(scope, { after = 0, limit, first = false }) {
      if (first) {
        const oldest = 'select * from event where scope = ? and id > ? order by id limit ?';
        return database.all(oldest, scope, after, limit).map(event);
      }
      const sql = 'select * from event where scope = ? and id > ? order by id desc limit ?';
      return database.all(sql, scope, after, limit).map(event).toReversed();
    },
  };
}

export function loopCommandsOn(
  database: Database,
  clock: { now(): number },
): Omit<LoopStore, keyof LoopReader> {
  return {
    note: (scope, source, { row, conditions = [], cleared = [], events = [] }) =>
      database.write(() => {
        if (row !== undefined) putSource(database, scope, source, row);
        const gone = 'delete from condition where scope = ? and source = ? and subject = ? and type = ?';
        for (const { subject, type } of cleared) database.run(gone, scope, source, subject, type);
        const put = 'insert or replace into condition values (?, ?, ?, ?, ?, ?, ?, ?)';
        for (const { subject, type, status, reason, message, since } of conditions) {
          database.run(put, scope, source, subject, type, status ? 1 : 0, reason, message, since);
        }
        const add = `insert into event (scope, source, at, subject, severity, reason, message, revision)
          values (?, ?, ?, ?, ?, ?, ?, ?)`;
        for (const { subject, severity, reason, message, revision } of events) {
          const about = [subject, severity, reason, message, revision ?? null];
          database.run(add, scope, source, clock.now(), ...about);
        }
        if (events.length > 0)
          database.run('delete from event where id <= (select max(id) from event) - ?', kept);
      }),
  };
}

/** Events of a database that are kept. */
const kept = 100_000;

function putSource(database: Database, scope: string, name: string, row: SourceRow): void {
  database.run(
    'insert or replace into source values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    scope,
    name,
    row.project ?? null,
    row.revision ?? null,
    row.observedRevision ?? null,
    row.goodRevision ?? null,
    row.goodGeneration ?? null,
    row.suspended ? 1 : 0,
    row.quarantined ?? null,
    row.approved ?? null,
    row.held ?? null,
  );
}

function sourceRow(row: Row): SourceRow {
  return {
    name: text(row, 'name'),
    project: optionalText(row, 'project'),
    revision: optionalText(row, 'revision'),
    observedRevision: optionalText(row, 'observed_revision'),
    goodRevision: optionalText(row, 'good_revision'),
    goodGeneration: optionalInteger(row, 'good_generation'),
    suspended: integer(row, 'suspended') === 1,
    quarantined: optionalText(row, 'quarantined'),
    approved: optionalText(row, 'approved'),
    held: optionalText(row, 'held'),
  };
}

const types: readonly ConditionType[] = ['Ready', 'Reconciling', 'Stalled'];

function condition(row: Row): Condition {
  return {
    subject: text(row, 'subject'),
    type: oneOf(row, 'type', types),
    status: integer(row, 'status') === 1,
    reason: text(row, 'reason'),
    message: text(row, 'message'),
    since: integer(row, 'since'),
  };
}

function event(row: Row): LoopEvent {
  return {
    id: integer(row, 'id'),
    at: integer(row, 'at'),
    source: text(row, 'source'),
    subject: text(row, 'subject'),
    severity: oneOf(row, 'severity', ['normal', 'warning']),
    reason: text(row, 'reason'),
    message: text(row, 'message'),
    revision: optionalText(row, 'revision'),
  };
}
