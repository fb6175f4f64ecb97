import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { localFiles } from '../../../controller/project.ts';
import { folderSource } from '../../../controller/sources/folder.ts';
import { recordedFiles } from '../../../controller/sources/recordedFiles.ts';
import type { Source } from '../../../controller/sources/source.ts';

let folder: string;
let source: Source;
let known: string | undefined;
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const read = async (): Promise<readonly string[] | undefined> => {
  const delivery = await source.read({ known, floor: undefined }, new AbortController().signal);
  known = delivery?.revision ?? known;
  return delivery?.manifest?.resources.map(({ address }) => address);
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nova-folder-'));
  known = undefined;
  write('NovaFile.toml', 'project = "demo"\ninclude = ["*one.toml"]\n[volume.a]\n');
  write('one.toml', '[volume.b]\n');
  source = await folderSource({ name: 'lab', path: folder, interval: 1000 });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a folder that is read again', () => {
  it('has nothing new as long as nothing was written', async () => {
    expect(await read()).toEqual(['volume.a', 'volume.b']);
    expect(await read()).toBeUndefined();
    write('one.toml', '[volume.b]\n');
    expect(await read()).toBeUndefined();
  });

  it.each([
    { name: 'NovaFile.toml', text: 'project = "demo"\n[volume.z]\n', found: ['volume.z'], what: 'itself' },
    { name: 'one.toml', text: '[volume.c]\n', found: ['volume.a', 'volume.c'], what: 'what it includes' },
  ])(
    'has something new when $what was written, and when it was written back',
    async ({ name, text, found }) => {
      await read();
      expect(await read()).toBeUndefined();
      write(name, text);
      expect(await read()).toEqual(found);
      expect(await read()).toBeUndefined();
    },
  );

  it('tells again what it said when somebody knows something else', async () => {
    await read();
    known = 'something else';
    expect(await read()).toEqual(['volume.a', 'volume.b']);
  });
});

describe('recordedFiles', () => {
  it('notices a file that came to a pattern, one that was missing, and one that went', () => {
    const pattern = join(folder, '*.toml');
    const recorded = recordedFiles(localFiles);
    recorded.match(pattern);
    recorded.read(join(folder, 'later.txt'));
    recorded.read(join(folder, 'one.toml'));
    expect(recorded.unchanged()).toBe(true);
    write('later.txt', '');
    expect(recorded.unchanged()).toBe(false);
    rmSync(join(folder, 'later.txt'));
    expect(recorded.unchanged()).toBe(true);
    write('new.toml', '');
    expect(recorded.unchanged()).toBe(false);
    rmSync(join(folder, 'new.toml'));
    rmSync(join(folder, 'one.toml'));
    expect(recorded.unchanged()).toBe(false);
  });
});
