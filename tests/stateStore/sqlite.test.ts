import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';

import { NovaError } from '../../schema/errors.ts';
import { migrations } from '../../stateStore/migrations.ts';
import { openStateStore } from '../../stateStore/sqlite.ts';
import { stateStoreContract } from '../contracts/stateStore.ts';
import { temporaryFolder } from './temporary.ts';

const folders = mkdtempSync('/tmp/nova-state-');
afterAll(() => rmSync(folders, { recursive: true }));

stateStoreContract('openStateStore', (clock) =>
  openStateStore({ directory: mkdtempSync(join(folders, 'a-')), clock }),
);

const owner = { scope: '3f2a9c1b', project: 'demo' };

function failureOf(work: () => unknown): NovaError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof NovaError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** A filesystem of its own, in memory. */
function mountedFolder(options: string): string {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'nova-state', folder]);
  onTestFinished(() => void execFileSync('umount', [folder]));
  return folder;
}

describe('openStateStore', () => {
  it('makes its folder and its database for its owner alone', () => {
    const directory = join(temporaryFolder(), 'var', 'state');
    const store = openStateStore({ directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(directory))
      expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    store.close();
  });

  it('takes a database away from the eyes of others', () => {
    const directory = temporaryFolder();
    openStateStore({ directory }).close();
    chmodSync(join(directory, 'nova.db'), 0o644);
    openStateStore({ directory }).close();
    expect(statSync(join(directory, 'nova.db')).mode & 0o777).toBe(0o600);
  });

  it('leaves one file behind when it is closed', () => {
    const directory = temporaryFolder();
    const store = openStateStore({ directory });
    store.claim(owner, '/a/NovaFile.toml');
    expect(readdirSync(directory)).toContain('nova.db-wal');
    store.close();
    store.close();
    expect(readdirSync(directory)).toEqual(['nova.db']);
  });

  it('keeps a write-ahead log, so that readers and the writer do not wait for each other', () => {
    const directory = temporaryFolder();
    const store = openStateStore({ directory });
    const other = new DatabaseSync(join(directory, 'nova.db'));
    expect(other.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
    other.close();
    store.close();
  });

  it('remembers everything when opened again', () => {
    const directory = temporaryFolder();
    const first = openStateStore({ directory });
    first.claim(owner, '/a/NovaFile.toml');
    first.record(owner, [{ address: 'network.lan', identity: 'n1', since: 1 }]);
    first.begin(owner, [{ run: 'r', address: 'network.lan', step: 'bridge' }]);
    first.addGeneration(owner, '{}', 'c0ffee');
    first.borrow(owner.scope, 'k', '0', 'a');
    const told = [
      first.inventory(owner),
      first.pending(owner),
      first.generations(owner, 9),
      first.borrowed(owner.scope),
    ];
    first.close();
    const second = openStateStore({ directory });
    expect(second.claimant(owner)).toBe('/a/NovaFile.toml');
    expect([
      second.inventory(owner),
      second.pending(owner),
      second.generations(owner, 9),
      second.borrowed(owner.scope),
    ]).toEqual(told);
    second.close();
  });

  it('keeps nothing of what was written together when it was not finished', () => {
    const store = openStateStore({ directory: temporaryFolder() });
    const half = (): void =>
      store.together(() => {
        store.borrow(owner.scope, 'k', '0', 'a');
        throw new Error('cut off');
      });
    expect(half).toThrow('cut off');
    expect(store.borrowed(owner.scope)).toEqual([]);
    store.close();
  });

  it('shows one process what another has committed', () => {
    const directory = temporaryFolder();
    const one = openStateStore({ directory });
    const two = openStateStore({ directory });
    one.claim(owner, '/a/NovaFile.toml');
    expect(two.claim(owner, '/b/NovaFile.toml')).toBe('/a/NovaFile.toml');
    one.close();
    two.close();
  });

  it('migrates an older database, keeping what is in it', () => {
    const directory = temporaryFolder();
    const old = openStateStore({ directory });
    old.claim(owner, '/a/NovaFile.toml');
    old.close();
    const store = openStateStore({
      directory,
      migrations: [...migrations, 'create table later (a integer) strict'],
    });
    expect(store.claimant(owner)).toBe('/a/NovaFile.toml');
    store.close();
    const database = new DatabaseSync(join(directory, 'nova.db'));
    expect(database.prepare('pragma user_version').get()).toEqual({ user_version: migrations.length + 1 });
    expect(database.prepare('select count(*) as rows from later').get()).toEqual({ rows: 0 });
    database.close();
  });

  it('refuses a newer database, naming both versions, and leaves it as it is', () => {
    const directory = temporaryFolder();
    openStateStore({
      directory,
      migrations: [...migrations, 'create table later (a integer) strict'],
    }).close();
    const before = readFileSync(join(directory, 'nova.db'));
    const failure = failureOf(() => openStateStore({ directory }));
    expect(failure.code).toBe('state.newer');
    expect(failure.message).toContain(`schema version ${migrations.length + 1}`);
    expect(failure.message).toContain(`knows version ${migrations.length}`);
    expect(failure.hint).toContain('newer Nova');
    expect(readFileSync(join(directory, 'nova.db')).equals(before)).toBe(true);
  });

  it('undoes a migration that fails, wholly', () => {
    const directory = temporaryFolder();
    openStateStore({ directory }).close();
    const broken = [
      ...migrations,
      'create table half (a integer) strict; create table half (a integer) strict',
    ];
    expect(() => openStateStore({ directory, migrations: broken })).toThrow(NovaError);
    const database = new DatabaseSync(join(directory, 'nova.db'));
    expect(database.prepare("select 1 from sqlite_schema where name = 'half'").get()).toBeUndefined();
    database.close();
    openStateStore({ directory }).close();
  });

  it.each([
    { reason: 'text', content: 'this is a diary, and not a database of any kind' },
    { reason: 'only the beginning of a database', content: `SQLite format 3\0${'?'.repeat(5000)}` },
  ])('says that a file is no database, and what to do with it: $reason', ({ content }) => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, 'nova.db'), content);
    const failure = failureOf(() => openStateStore({ directory }));
    expect(failure.code).toBe('state.damaged');
    expect(failure.hint).toContain('by its marks');
    expect(readFileSync(join(directory, 'nova.db'), 'utf8')).toBe(content);
  });

  it("leaves another program's database alone", () => {
    const directory = temporaryFolder();
    const foreign = new DatabaseSync(join(directory, 'nova.db'));
    foreign.exec('create table songs (title text)');
    foreign.close();
    const before = readFileSync(join(directory, 'nova.db'));
    const failure = failureOf(() => openStateStore({ directory }));
    expect(failure.code).toBe('state.damaged');
    expect(failure.message).toContain('another program');
    expect(readFileSync(join(directory, 'nova.db')).equals(before)).toBe(true);
  });

  it('says that a folder cannot be made where a file is', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'state'), '');
    expect(failureOf(() => openStateStore({ directory: join(folder, 'state') })).code).toBe(
      'state.unwritable',
    );
  });

  it.each([
    { reason: 'the database is there', opened: true },
    { reason: 'the folder is empty', opened: false },
  ])('says that a filesystem is read only when $reason', ({ opened }) => {
    const directory = mountedFolder('size=1m');
    if (opened) openStateStore({ directory }).close();
    execFileSync('mount', ['-o', 'remount,ro', directory]);
    const failure = failureOf(() => openStateStore({ directory }));
    expect(failure.code).toBe('state.unwritable');
    expect(failure.hint).toContain('--state-dir');
  });

  it.each([
    { reason: 'the database is there', opened: true },
    { reason: 'the folder is empty', opened: false },
  ])('says that the disk is full when $reason', ({ opened }) => {
    const directory = mountedFolder('size=512k');
    const state = join(directory, 'state');
    if (opened) openStateStore({ directory: state }).close();
    else mkdirSync(state);
    expect(() => writeFileSync(join(directory, 'filler'), Buffer.alloc(1 << 20))).toThrow('ENOSPC');
    const failure = failureOf(() => openStateStore({ directory: state }));
    expect(failure.code).toBe('host.full');
    expect(failure.hint).toContain('Make room');
  });

  it('says that the disk is full when it becomes so, and goes on when there is room again', () => {
    const directory = mountedFolder('size=512k');
    const store = openStateStore({ directory });
    expect(() => writeFileSync(join(directory, 'filler'), Buffer.alloc(1 << 20))).toThrow('ENOSPC');
    const manifest = 'x'.repeat(200_000);
    expect(failureOf(() => store.addGeneration(owner, manifest)).code).toBe('host.full');
    rmSync(join(directory, 'filler'));
    expect(store.addGeneration(owner, manifest)).toBe(1);
    store.close();
  });

  it('names the database when another program does not let go of it', { timeout: 20_000 }, () => {
    const directory = temporaryFolder();
    const store = openStateStore({ directory });
    const other = new DatabaseSync(join(directory, 'nova.db'));
    other.exec('begin immediate');
    const failure = failureOf(() => store.claim(owner, '/a/NovaFile.toml'));
    expect(failure.code).toBe('state.locked');
    expect(failure.hint).toContain(join(directory, 'nova.db'));
    other.close();
    store.close();
  });
});
