import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { recipientOf } from '../../../controller/secrets/age.ts';
import { readSecretsFile } from '../../../controller/secrets/secretsFile.ts';
import { type Result, run } from '../../system/support/shell.ts';
import { cli } from '../../system/support/world.ts';

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-secret-'));
  writeFileSync(join(folder, 'NovaFile.toml'), 'project = "lab"\n');
  env = { NOVA_IDENTITY_FILE: join(folder, 'identity'), NOVA_IDENTITY: '' };
});

afterEach(() => rmSync(folder, { recursive: true }));

const nova = (...words: readonly string[]): Promise<Result> =>
  run([...cli, 'secret', ...words, '-f', folder], { env });
const set = (name: string, input: string): Promise<Result> =>
  run([...cli, 'secret', 'set', name, '-f', folder], { env, input });

const identity = (file = 'identity'): string => readFileSync(join(folder, file), 'utf8').trim();
const values = (...identities: readonly string[]) =>
  readSecretsFile(join(folder, 'secrets.age'), () => identities);

describe('nova secret', () => {
  it('keeps what it reads from standard input, and shows names alone', async () => {
    const first = await set('db', 'canary "one"\nline\n');
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('db is set') });
    expect(first.stderr).toContain('keep a copy');
    expect((await set('api', 'canary two')).code).toBe(0);
    expect(await values(identity())).toEqual(
      new Map([
        ['api', 'canary two'],
        ['db', 'canary "one"\nline'],
      ]),
    );
    const listed = await nova('ls', '--json');
    expect(JSON.parse(listed.stdout).secrets).toEqual([
      { name: 'api', from: join(folder, 'secrets.age'), used_by: [] },
      { name: 'db', from: join(folder, 'secrets.age'), used_by: [] },
    ]);
    expect([first, listed].map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain('canary');
    expect(readdirSync(folder).toSorted()).toEqual(['NovaFile.toml', 'identity', 'secrets.age']);
  });

  it('takes what is typed on a terminal without showing it', { timeout: 60_000 }, async () => {
    const command = [...cli, 'secret', 'set', 'db', '-f', folder].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...env } });
    let shown = '';
    child.stdout.on('data', (piece: Buffer) => {
      const asked = shown.includes('not shown');
      shown += piece.toString();
      if (!asked && shown.includes('not shown')) child.stdin.write('canaryx\u007f-typed\r');
    });
    expect(await new Promise((resolve) => child.on('close', resolve)), shown).toBe(0);
    expect(shown).not.toContain('canary');
    expect(await values(identity())).toEqual(new Map([['db', 'canary-typed']]));
  });

  it('takes no value as an argument, and does not repeat it', async () => {
    const { code, stdout, stderr } = await nova('set', 'db', 'canary');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('a value is never an argument');
    expect(stderr).not.toContain('canary');
  });

  it('encrypts for the recipients of the NovaFile, and anew when they change', async () => {
    await set('db', 'canary');
    const mine = identity();
    await run([...cli, 'secret', 'set', 'x', '-f', write('other/NovaFile.toml', 'project = "other"\n')], {
      env: { NOVA_IDENTITY_FILE: join(folder, 'theirs') },
      input: 'y',
    });
    const theirs = identity('theirs');
    const recipients = await Promise.all([mine, theirs].map((each) => recipientOf(each, 'it')));
    write('NovaFile.toml', `project = "lab"\n[secrets]\nrecipients = ${JSON.stringify(recipients)}\n`);
    await expect(values(theirs)).rejects.toMatchObject({ code: 'secret.identity' });
    expect((await nova('rekey')).code).toBe(0);
    expect(await values(theirs)).toEqual(new Map([['db', 'canary']]));
  });

  it('writes nothing when what was edited cannot be read, or the editor fails', async () => {
    await set('db', 'canary');
    const before = readFileSync(join(folder, 'secrets.age'));
    for (const editor of ['echo nonsense >', 'false #', '/nowhere/at/all']) {
      const { code, stderr } = await run([...cli, 'secret', 'edit', '-f', folder], {
        env: { ...env, EDITOR: editor, VISUAL: '' },
      });
      expect(code, editor).toBe(1);
      expect(stderr).not.toContain('canary');
      expect(readFileSync(join(folder, 'secrets.age'))).toEqual(before);
    }
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith('nova-secret-'))).toEqual([]);
  });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
