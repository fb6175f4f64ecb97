import { format, inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { isSensitiveName } from '../../schema/environment.ts';
import { maskLine, maskTexts } from '../../schema/maskLine.ts';
import { fulfil, isSensitive, reveal, sensitive, sensitiveIn, useKey } from '../../schema/sensitive.ts';

const canary = 'canary-31f7';

describe('sensitive', () => {
  it('shows its value in no way but reveal', () => {
    const one = sensitive('db', canary);
    const holder = { deep: [{ one }], map: new Map([['one', one]]) };
    const shown = [
      (['', one, ''] as unknown[] as string[]).join(' '),
      'x'.concat(one as unknown as string),
      JSON.stringify(holder),
      inspect(holder, { depth: 9, showHidden: true, getters: true }),
      format('%s %o %O %j', one, one, one, one),
      Object.entries(one).join(),
      Reflect.ownKeys(one)
        .map((key) => String((one as unknown as Record<PropertyKey, unknown>)[key]))
        .join(),
      JSON.stringify({ ...one }),
      inspect(structuredClone({ ...one, toJSON: undefined })),
    ];
    for (const text of shown) expect(text).not.toContain('canary');
    expect(reveal(one)).toBe(canary);
    expect(isSensitive({ ...one })).toBe(false);
  });

  it('is written down with a hash that only the same key makes again', () => {
    useKey(new Uint8Array(32).fill(1));
    const [first, same] = [sensitive('db', canary).toJSON(), sensitive('db', canary).toJSON()];
    expect(first).toEqual({ secret: 'db', written: false, keyed: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(same).toEqual(first);
    useKey(new Uint8Array(32).fill(2));
    expect(sensitive('db', canary).toJSON().keyed).not.toBe(first.keyed);
  });

  it('may get its value later, and has none before', () => {
    const one = sensitive('db');
    expect(() => reveal(one)).toThrowError(expect.objectContaining({ code: 'internal' }));
    expect(one.toJSON().keyed).toBeNull();
    fulfil(one, canary);
    expect(reveal(one)).toBe(canary);
  });

  it('is found wherever it is in a value', () => {
    const [a, b] = [sensitive('a'), sensitive('b')];
    expect(sensitiveIn({ x: [a, { y: b, z: 'text' }], again: a })).toEqual([a, b]);
  });
});

describe('isSensitiveName', () => {
  it.each([
    'KEY',
    'API_KEY',
    'APIKEY',
    'AWS_SECRET_ACCESS_KEY',
    'TOKEN',
    'GITHUB_TOKEN',
    'GITHUBTOKEN',
    'PASSWORD',
    'db_password',
    'PGPASSWORD',
    'MYSQL_ROOT_PASSWORD',
    'SECRET',
    'CLIENT_SECRETS',
    'CREDENTIALS',
    'SIGNING_KEY_OLD',
  ])('says yes to %s', (name) => expect(isSensitiveName(name)).toBe(true));
  it.each([
    'KEYBOARD',
    'MONKEY',
    'TOKENIZER',
    'PASSWORD_FILE',
    'SSL_KEY_PATH',
    'PUBLIC_KEY',
    'API_KEY_ID',
    'TOKEN_URL',
    'HOME',
    'GREETING',
  ])('says no to %s', (name) => expect(isSensitiveName(name)).toBe(false));
});

describe('maskLine', () => {
  it.each([
    ['API_KEY = "abc" # why', 'API_KEY = "***" # why'],
    ['env = { A = "b", DB_PASSWORD = \'x y\', C = 1 }', 'env = { A = "b", DB_PASSWORD = \'***\', C = 1 }'],
    ['env.TOKEN = bare', 'env.TOKEN = ****'],
    ['"TOKEN" = "a\\"b', '"TOKEN" = "**"*'],
    ['TOKEN = """first', 'TOKEN = """*****'],
    ['DB_PASSWORD = { secret = "db" }', 'DB_PASSWORD = { secret = "db" }'],
    ['GREETING = "hello"', 'GREETING = "hello"'],
  ])('shows %s as %s', (line, shown) => expect(maskLine(line)).toBe(shown));
});

describe('maskTexts', () => {
  it.each([
    ['files = { "/run/db" = "hunter2", x = \'y z\' }', 'files = { "/run/db" = "*******", x = \'***\' }'],
    ['db = { secret = "db", value = "hunter2" }', 'db = { secret = "db", value = "*******" }'],
    ['db = { env = "DB-PASSWORD" } # why', 'db = { env = "DB-PASSWORD" } # why'],
    ['db = """first', 'db = """*****'],
  ])('shows %s as %s', (line, shown) => expect(maskTexts(line)).toBe(shown));
});
