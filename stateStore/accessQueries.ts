import { type AccessReader, type AccessStore, type AuditRow, roles, type TokenRow } from './accessState.ts';
import type { Database } from './database.ts';
import { integer, oneOf, optionalText, text, type Row } from './row.ts';

export function accessQueriesOn(database: Database): AccessReader {
  return {
    tokens: () => database.all('select * from token order by name').map(tokenRow),
    audit: ({ after = 0, limit }) =>
      database.all('select * from audit where id > ? order by id limit ?', after, limit).map(auditRow),
  };
}

export function accessCommandsOn(
  database: Database,
  clock: { now(): number },
): Omit<AccessStore, keyof AccessReader> {
  return {
    putToken: ({ name, hash, role, since }) =>
      database.write(() =>
        database.run('insert or replace into token values (?, ?, ?, ?)', name, hash, role, since),
      ),
    dropToken: (name) =>
      database.write(
        () => database.first('delete from token where name = ? returning name', name) !== undefined,
      ),
    addAudit: ({ actor, action, subject, plan, outcome, detail }) =>
      database.write(() => {
        const sql = `insert into audit (at, actor, action, subject, plan, outcome, detail)
          values (?, ?, ?, ?, ?, ?, ?)`;
        database.run(sql, clock.now(), actor, action, subject, plan ?? null, outcome, detail);
      }),
  };
}

function tokenRow(row: Row): TokenRow {
  return {
    name: text(row, 'name'),
    hash: text(row, 'hash'),
    role: oneOf(row, 'role', roles),
    since: integer(row, 'since'),
  };
}

function auditRow(row: Row): AuditRow {
  return {
    id: integer(row, 'id'),
    at: integer(row, 'at'),
    actor: text(row, 'actor'),
    action: text(row, 'action'),
    subject: text(row, 'subject'),
    plan: optionalText(row, 'plan'),
    outcome: oneOf(row, 'outcome', ['done', 'refused']),
    detail: text(row, 'detail'),
  };
}
