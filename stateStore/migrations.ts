import { NovaError } from '../schema/errors.ts';
import type { Database } from './database.ts';
import { integer } from './row.ts';

/** Each takes the schema one version further: the first makes version 1. What has shipped is never edited. */
export const migrations: readonly string[] = [
  `
  create table opening (
    id integer primary key check (id = 1),
    at integer not null
  ) strict;

  create table claim (
    scope text not null,
    project text not null,
    file text not null,
    primary key (scope, project)
  ) strict, without rowid;

  create table inventory (
    scope text not null,
    project text not null,
    address text not null,
    identity text not null,
    since integer not null,
    primary key (scope, project, address)
  ) strict, without rowid;

  create table journal (
    id integer primary key autoincrement,
    scope text not null,
    project text not null,
    run text not null,
    address text not null,
    step text not null,
    begun integer not null,
    ended integer,
    outcome text check (outcome in ('done', 'failed', 'settled')),
    error text
  ) strict;
  create index journal_owner on journal (scope, project, id);
  create index journal_pending on journal (scope, project, id) where outcome is null;

  create table generation (
    scope text not null,
    project text not null,
    number integer not null,
    manifest text not null,
    revision text,
    applied_at integer not null,
    primary key (scope, project, number)
  ) strict;

  create table borrowed (
    scope text not null,
    key text not null,
    original text not null,
    primary key (scope, key)
  ) strict, without rowid;

  create table borrower (
    scope text not null,
    key text not null,
    user text not null,
    primary key (scope, key, user),
    foreign key (scope, key) references borrowed on delete cascade
  ) strict, without rowid;
  `,
  `
  create table source (
    scope text not null,
    name text not null,
    project text,
    revision text,
    observed_revision text,
    good_revision text,
    good_generation integer,
    suspended integer not null,
    quarantined text,
    approved text,
    primary key (scope, name)
  ) strict, without rowid;

  create table condition (
    scope text not null,
    source text not null,
    subject text not null,
    type text not null check (type in ('Ready', 'Reconciling', 'Stalled')),
    status integer not null check (status in (0, 1)),
    reason text not null,
    message text not null,
    since integer not null,
    primary key (scope, source, subject, type)
  ) strict, without rowid;

  create table event (
    id integer primary key autoincrement,
    scope text not null,
    source text not null,
    at integer not null,
    subject text not null,
    severity text not null check (severity in ('normal', 'warning')),
    reason text not null,
    message text not null,
    revision text
  ) strict;
  create index event_scope on event (scope, id);
  `,
  `
  create table trial (
    what text primary key,
    found text not null
  ) strict, without rowid;
  `,
  `
  create table token (
    name text primary key,
    hash text not null,
    role text not null check (role in ('view', 'plan', 'apply', 'admin')),
    since integer not null
  ) strict, without rowid;

  create table audit (
    id integer primary key autoincrement,
    at integer not null,
    actor text not null,
    action text not null,
    subject text not null,
    plan text,
    outcome text not null check (outcome in ('done', 'refused')),
    detail text not null
  ) strict;

  create table outbox (
    id integer primary key autoincrement,
    channel text not null,
    key text not null,
    body text not null,
    failures integer not null default 0,
    due integer not null default 0,
    arrived integer not null default 0,
    unique (channel, key)
  ) strict;
  create index outbox_waiting on outbox (id) where arrived = 0;

  create table outbox_cursor (
    name text primary key,
    event integer not null
  ) strict, without rowid;
  `,
  'alter table source add column held text',
];

/** `Nova` in ASCII, in the header of every database of ours. */
const applicationId = 0x4e6f7661;

/**
 * Brings a database to the newest schema, all in one transaction, which other processes that open it wait for.
 * Rejects a newer one (`state.newer`) and one of another program (`state.damaged`), having changed nothing.
 */
export function migrate(database: Database, steps: readonly string[] = migrations): void {
  if (versionOf(database, steps) === steps.length) return;
  database.write(() => {
    // Another process may have migrated it since.
    for (const step of steps.slice(versionOf(database, steps))) database.exec(step);
    database.exec(`pragma application_id = ${applicationId}; pragma user_version = ${steps.length}`);
  });
}

/** The version of its schema; 0 while it is empty. Throws `state.newer` and `state.damaged`. */
export function versionOf(database: Database, steps: readonly string[] = migrations): number {
  // One statement, so that another process's migration is seen wholly or not at all.
  const row = database.first(`select user_version as version, application_id as application,
    (select count(*) from sqlite_schema) as tables from pragma_user_version, pragma_application_id`);
  if (row === undefined) return 0;
  const version = integer(row, 'version');
  if (version === 0 && integer(row, 'tables') === 0) return 0;
  if (integer(row, 'application') !== applicationId) {
    throw new NovaError('state.damaged', `${database.path}: this database belongs to another program`, {
      hint: 'Choose another folder with --state-dir, or move that file away.',
    });
  }
  if (version > steps.length) {
    throw new NovaError(
      'state.newer',
      `${database.path}: the state has schema version ${version}, and this Nova knows version ${steps.length}`,
      { hint: 'Run the newer Nova that wrote it, or choose another folder with --state-dir.' },
    );
  }
  return version;
}
