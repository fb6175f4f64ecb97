import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { newIdentity, recipientOf } from '../../../controller/secrets/age.ts';
import { ensureHostKey, readHostKey } from '../../../controller/secrets/hostKey.ts';
import { keepFromOutput, redact } from '../../../controller/secrets/redact.ts';
import { isSameManifest, sealedText, withSecrets } from '../../../controller/secrets/sealed.ts';
import {
  parseSecrets,
  printSecrets,
  readSecretsFile,
  writeSecretsFile,
} from '../../../controller/secrets/secretsFile.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import { reveal, sensitive, sensitiveIn } from '../../../schema/sensitive.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-secrets-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a file of secrets', () => {
  it('law: holds whatever text under its name', () => {
    const names = fc
      .stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/)
      .filter((name) => name !== '__proto__');
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.string({ unit: 'grapheme' }))), (entries) => {
        const values = new Map(entries);
        expect(parseSecrets(printSecrets(values), 'x')).toEqual(values);
      }),
    );
  });

  it('is read by its recipients, and by nobody else', async () => {
    const [mine, theirs] = [await newIdentity(), await newIdentity()];
    const file = join(folder, 'secrets.age');
    await writeSecretsFile(file, 'db = "canary"\n', [await recipientOf(mine, 'mine')]);
    expect(readFileSync(file, 'utf8')).not.toContain('canary');
    expect(await readSecretsFile(file, () => [theirs, mine])).toEqual(new Map([['db', 'canary']]));
    await expect(readSecretsFile(file, () => [theirs])).rejects.toMatchObject({ code: 'secret.identity' });
    await expect(readSecretsFile(file, () => ['AGE-SECRET-KEY-1NONSENSE'])).rejects.toMatchObject({
      code: 'secret.identity',
    });
    expect(await readSecretsFile(join(folder, 'none.age'), () => [mine])).toBeUndefined();
  });

  it('is refused when a byte of it is another one, wherever', { timeout: 120_000 }, async () => {
    const identity = await newIdentity();
    const file = join(folder, 'secrets.age');
    await writeSecretsFile(file, 'db = "canary"\n', [await recipientOf(identity, 'mine')]);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      const read = await readSecretsFile(file, () => [identity]).catch((error: unknown) => error);
      // The file key of another recipient looks like that of somebody else.
      expect(read, `byte ${at}`).toMatchObject({
        code: expect.stringMatching(/^secret\.(damaged|identity)$/),
      });
    }
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    await expect(readSecretsFile(file, () => [identity])).rejects.toMatchObject({ code: 'secret.damaged' });
  });

  it.each(['db = 1', 'db = "x', '[table]\nx = "y"'])('quotes nothing of what is wrong: %j', (text) => {
    expect(() => parseSecrets(text, 'x')).toThrowError(expect.objectContaining({ code: 'secret.damaged' }));
  });
});

describe('the key of a host', () => {
  it('is made once, for its owner alone', async () => {
    expect(readHostKey(folder)).toBeUndefined();
    const keys = await Promise.all([ensureHostKey(folder), ensureHostKey(folder)]);
    expect(new Set(keys).size).toBe(1);
    expect(statSync(join(folder, 'host-key')).mode & 0o777).toBe(0o600);
    expect(readHostKey(folder)).toBe(keys[0]);
  });

  it('is refused when it is none, and never replaced', async () => {
    writeFileSync(join(folder, 'host-key'), 'nonsense');
    await expect(ensureHostKey(folder)).rejects.toMatchObject({ code: 'secret.key' });
    expect(readFileSync(join(folder, 'host-key'), 'utf8')).toBe('nonsense');
  });
});

describe('a sealed manifest', () => {
  const manifest = (value: string): Manifest => {
    const spec = {
      env: { DB: sensitive('db', value), API_KEY: sensitive('env.API_KEY', 'canary-b', true), A: 'plain' },
    };
    return { project: 'x', file: '/x', resources: [{ spec }] } as unknown as Manifest;
  };

  it('holds no value in the clear, and gives each back to its host', async () => {
    const key = (): Promise<string> => ensureHostKey(folder);
    const text = await sealedText(manifest('canary-a'), key);
    expect(text).not.toContain('canary');
    const back = await withSecrets(JSON.parse(text) as Manifest, 'it', folder);
    expect(sensitiveIn(back).map(reveal)).toEqual(['canary-a', 'canary-b']);
    expect(JSON.stringify(back)).toBe(JSON.stringify(manifest('canary-a')));
    expect(isSameManifest(text, await sealedText(manifest('canary-a'), key))).toBe(true);
    expect(isSameManifest(text, await sealedText(manifest('canary-c'), key))).toBe(false);
    await expect(
      withSecrets(JSON.parse(text) as Manifest, 'it', join(folder, 'other')),
    ).rejects.toMatchObject({ code: 'secret.key' });
  });

  it('is plain JSON when nothing in it is sensitive', async () => {
    const plain = { project: 'x', file: '/x', resources: [] };
    expect(await sealedText(plain, () => Promise.reject(new Error('no key is needed')))).toBe(
      JSON.stringify(plain),
    );
  });
});

describe('redact', () => {
  it('takes out values and their lines, also as JSON spells them', () => {
    keepFromOutput(sensitive('key', 'first "line" 8cd1\nsecond line 8cd1'));
    keepFromOutput(sensitive('short', 'ab'));
    for (const text of [
      'a first "line" 8cd1\nsecond line 8cd1',
      JSON.stringify('first "line" 8cd1\nsecond line 8cd1'),
    ])
      expect(redact(text)).not.toContain('8cd1');
    expect(redact('about')).toBe('about');
  });
});
