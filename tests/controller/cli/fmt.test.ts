import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { run } from '../../system/support/shell.ts';
import { cli } from '../../system/support/world.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-fmt-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const untidy = 'project="lab"\n[volume.data]\nowner="0:0"\nmode="0750"   # narrow\n';
const tidy = 'project = "lab"\n\n[volume.data]\nmode = "0750" # narrow\nowner = "0:0"\n';

describe('nova fmt', () => {
  it('formats several files and folders, says which, and keeps mode, owner and links', async () => {
    const [file, link] = [write('NovaFile.toml', untidy), join(folder, 'link.toml')];
    const other = write('other.toml', tidy);
    symlinkSync(file, link);
    chmodSync(file, 0o640);
    if (process.getuid?.() === 0) chownSync(file, 1234, 2345);
    const before = statSync(file);
    expect(await run([...cli, 'fmt', link, other])).toMatchObject({
      code: 0,
      stdout: `${link}\n`,
      stderr: '',
    });
    expect(readFileSync(file, 'utf8')).toBe(tidy);
    const { mode, uid, gid } = statSync(file);
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
    expect(readdirSync(folder).toSorted()).toEqual(['NovaFile.toml', 'link.toml', 'other.toml']);
    expect(await run([...cli, 'fmt', folder])).toMatchObject({ code: 0, stdout: '' });
  });

  it('only says what it would do with --check, and ends with 2', async () => {
    const file = write('lab.toml', untidy);
    expect(await run([...cli, 'fmt', '--check', file])).toMatchObject({ code: 2, stdout: `${file}\n` });
    expect(readFileSync(file, 'utf8')).toBe(untidy);
    expect(await run([...cli, 'fmt', '--check', write('good.toml', tidy)])).toMatchObject({
      code: 0,
      stdout: '',
    });
  });

  it('formats standard input', async () => {
    expect(await run([...cli, 'fmt', '-'], { input: untidy })).toMatchObject({ code: 0, stdout: tidy });
    expect(await run([...cli, 'fmt', '-', '--check'], { input: untidy })).toMatchObject({
      code: 2,
      stdout: '',
    });
  });

  it('formats what is good and says what is wrong with the rest', async () => {
    const [bad, good] = [write('bad.toml', 'project = \n'), write('good.toml', untidy)];
    const { code, stdout, stderr } = await run([...cli, 'fmt', bad, join(folder, 'nowhere.toml'), good]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${good}\n` });
    expect(stderr).toContain(`${bad}:1:`);
    expect(stderr).toContain('nowhere.toml: there is no such file');
    expect(readFileSync(bad, 'utf8')).toBe('project = \n');
    expect(readFileSync(good, 'utf8')).toBe(tidy);
  });
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
