import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { migrations } from '../../stateStore/migrations.ts';
import { openStateReader } from '../../stateStore/reader.ts';
import { openStateStore } from '../../stateStore/sqlite.ts';
import type { StateReader } from '../../stateStore/stateStore.ts';
import { temporaryFolder } from './temporary.ts';

const owner = { scope: '3f2a9c1b', project: 'demo' };

/** Everything that a reader can be asked. */
function allOf(reader: StateReader): unknown {
  return {
    claimant: reader.claimant(owner),
    projects: reader.projects(owner.scope),
    inventory: reader.inventory(owner),
    pending: reader.pending(owner),
    journal: reader.journal(owner, 10),
    generations: reader.generations(owner, 10),
    borrowed: reader.borrowed(owner.scope),
  };
}

const nothing = {
  claimant: undefined,
  projects: [],
  inventory: [],
  pending: [],
  journal: [],
  generations: [],
  borrowed: [],
};

function filledFolder(): string {
  const directory = temporaryFolder();
  const store = openStateStore({ directory });
  store.claim(owner, '/a/NovaFile.toml');
  store.record(owner, [{ address: 'network.lan', identity: 'n1', since: 1 }]);
  const ids = store.begin(
    owner,
    ['bridge', 'dnsmasq'].map((step) => ({ run: 'r', address: 'network.lan', step })),
  );
  store.end(ids.slice(0, 1), 'done');
  store.addGeneration(owner, '{}', 'c0ffee');
  store.borrow(owner.scope, 'k', '0', 'a');
  store.close();
  return directory;
}

/** Names, times, modes and contents of all files. */
function stateOf(directory: string): unknown {
  const files = readdirSync(directory).map((name) => {
    const { mtimeMs, ctimeMs, mode, ino } = statSync(join(directory, name));
    return { name, mtimeMs, ctimeMs, mode, ino, content: readFileSync(join(directory, name), 'base64') };
  });
  return { files, changed: statSync(directory).ctimeMs };
}

describe('openStateReader', () => {
  it.each([
    { reason: 'no folder', make: (folder: string) => join(folder, 'none') },
    { reason: 'no database in it', make: (folder: string) => folder },
    {
      reason: 'a database in which nothing was ever written',
      make: (folder: string) => {
        writeFileSync(join(folder, 'nova.db'), '');
        return folder;
      },
    },
  ])('remembers nothing where there is $reason, and makes nothing', ({ make }) => {
    const folder = temporaryFolder();
    const directory = make(folder);
    const before = stateOf(folder);
    const reader = openStateReader({ directory });
    expect(allOf(reader)).toEqual(nothing);
    reader.close();
    expect(stateOf(folder)).toEqual(before);
  });

  it('tells what the store tells', () => {
    const directory = filledFolder();
    const reader = openStateReader({ directory });
    const told = allOf(reader);
    reader.close();
    const store = openStateStore({ directory });
    expect(told).toEqual(allOf(store));
    expect(told).not.toEqual(nothing);
    store.close();
  });

  it('changes nothing on disk, neither while it is open nor by closing', () => {
    const directory = filledFolder();
    const before = stateOf(directory);
    const reader = openStateReader({ directory });
    allOf(reader);
    expect(stateOf(directory)).toEqual(before);
    reader.close();
    expect(stateOf(directory)).toEqual(before);
  });

  it('sees what is written while it is open, by a store at work and by one that is closed again', () => {
    const directory = filledFolder();
    const reader = openStateReader({ directory });
    expect(reader.claimant(owner)).toBe('/a/NovaFile.toml');
    const store = openStateStore({ directory });
    store.release(owner);
    expect(reader.claimant(owner)).toBeUndefined();
    store.claim(owner, '/b/NovaFile.toml');
    expect(reader.claimant(owner)).toBe('/b/NovaFile.toml');
    store.close();
    expect(readdirSync(directory)).toEqual(['nova.db']);
    expect(reader.claimant(owner)).toBe('/b/NovaFile.toml');
    reader.close();
  });

  it('sees what a killed writer has committed, and leaves its files to the next writer', () => {
    const directory = filledFolder();
    const store = openStateStore({ directory });
    store.claim({ ...owner, project: 'late' }, '/b/NovaFile.toml');
    // What a kill leaves behind is what is on disk now.
    const left = join(temporaryFolder(), 'left');
    cpSync(directory, left, { recursive: true });
    store.close();
    const before = [
      readFileSync(join(left, 'nova.db'), 'base64'),
      readFileSync(join(left, 'nova.db-wal'), 'base64'),
    ];
    const reader = openStateReader({ directory: left });
    expect(reader.projects(owner.scope)).toEqual(['demo', 'late']);
    reader.close();
    expect([
      readFileSync(join(left, 'nova.db'), 'base64'),
      readFileSync(join(left, 'nova.db-wal'), 'base64'),
    ]).toEqual(before);
  });

  it('reads an older database as if it were migrated, without migrating it', () => {
    const directory = filledFolder();
    const before = stateOf(directory);
    const later = [...migrations, "update claim set file = '/moved/NovaFile.toml'"];
    const reader = openStateReader({ directory, migrations: later });
    expect(reader.claimant(owner)).toBe('/moved/NovaFile.toml');
    expect(reader.inventory(owner)).toHaveLength(1);
    reader.close();
    expect(stateOf(directory)).toEqual(before);
  });

  it.each([
    { reason: 'a newer one', code: 'state.newer', migrations: [] },
    { reason: 'one that is none', code: 'state.damaged', content: 'this is a diary, and not a database' },
  ])('refuses a database: $reason', ({ code, content, ...options }) => {
    const directory = filledFolder();
    if (content !== undefined) writeFileSync(join(directory, 'nova.db'), content);
    const before = stateOf(directory);
    const reader = openStateReader({ directory, ...options });
    expect(() => reader.claimant(owner)).toThrow(expect.objectContaining({ code }));
    reader.close();
    expect(stateOf(directory)).toEqual(before);
  });

  it('says that a database cannot be read', () => {
    const directory = temporaryFolder();
    mkdirSync(join(directory, 'nova.db'));
    const reader = openStateReader({ directory });
    expect(() => reader.claimant(owner)).toThrow(expect.objectContaining({ code: 'state.unwritable' }));
    reader.close();
  });
});
