import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openSource } from '../../../controller/sources/openSource.ts';
import { settingsFrom } from '../../../controller/sources/settings.ts';
import type { Delivery, Source } from '../../../controller/sources/source.ts';
import { NovaError } from '../../../schema/errors.ts';
import { createRepository, type GitServer, type Repository, serve } from './repository.ts';

const novaFile = (name = 'data'): string => `project = "demo"\n[volume.${name}]\n`;
const { signal } = new AbortController();

let repository: Repository;
let server: GitServer;
beforeEach(async () => {
  repository = createRepository();
  server = await serve(repository);
});
afterEach(async () => {
  await server.close();
  repository[Symbol.dispose]();
});

type Table = Parameters<typeof settingsFrom>[1];

const open = (table: Partial<Extract<Table, { repo: string }>> = {}): Promise<Source> =>
  openSource(settingsFrom('lab', { repo: server.url, ...table }), {
    folder: join(repository.folder, 'kept'),
    inUse: () => [],
    choices: {},
  });

const read = (source: Source, known?: string, floor = known): Promise<Delivery | undefined> =>
  source.read({ known, floor }, signal);

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof NovaError ? error.code : String(error);
  }
}

describe.each([
  { way: 'over HTTP', repo: () => server.url },
  { way: 'in a bare directory', repo: () => repository.bare },
  { way: 'over ssh', repo: () => `ada@host:${repository.bare}` },
])('a repository $way', ({ repo }) => {
  beforeEach(() => {
    // Stands in for ssh: it goes to no other host, and runs there what it is told.
    const script = join(repository.folder, 'ssh');
    writeFileSync(script, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n', { mode: 0o755 });
    process.env['GIT_SSH_COMMAND'] = script;
  });
  afterEach(() => {
    delete process.env['GIT_SSH_COMMAND'];
  });

  it('gives the newest commit of a branch, once', async () => {
    const source = await open({ repo: repo() });
    const first = repository.push({ 'NovaFile.toml': novaFile() });
    const one = await read(source);
    expect(one).toMatchObject({ revision: `main@${first}`, commit: first, issues: [] });
    expect(one?.manifest).toMatchObject({ project: 'demo', resources: [{ address: 'volume.data' }] });
    expect(await read(source, one?.revision)).toBeUndefined();
    repository.push({ 'NovaFile.toml': novaFile('a') });
    const third = repository.push({ 'NovaFile.toml': novaFile('b') });
    expect((await read(source, one?.revision))?.revision).toBe(`main@${third}`);
  });

  it('tells everything that is wrong with a file, with its commit, path, line and column', async () => {
    const source = await open({ repo: repo(), path: 'hosts/one' });
    const commit = repository.push({ 'hosts/one/NovaFile.toml': `${novaFile()}[volume` });
    const delivery = await read(source);
    expect(delivery?.manifest).toBeUndefined();
    expect(delivery?.issues).toMatchObject([
      { code: 'toml.syntax', at: { file: `${commit.slice(0, 12)}:hosts/one/NovaFile.toml`, line: 3 } },
    ]);
  });

  it('does not go back: neither to an older commit nor to one beside it, and goes on with one after it', async () => {
    const source = await open({ repo: repo() });
    const first = repository.push({ 'NovaFile.toml': novaFile('a') });
    const second = repository.push({ 'NovaFile.toml': novaFile('b') });
    const known = (await read(source))?.revision;
    repository.git('reset', '--quiet', '--hard', first);
    repository.git('push', '--quiet', '--force', repository.bare, 'HEAD:main');
    expect(await codeOf(read(source, known))).toBe('source.rewound');
    repository.push({ 'NovaFile.toml': novaFile('beside') });
    expect(await codeOf(read(source, known))).toBe('source.rewound');
    repository.git('reset', '--quiet', '--hard', second);
    const third = repository.push({ 'NovaFile.toml': novaFile('c') });
    expect((await read(source, known))?.commit).toBe(third);
  });

  it('may be set back to before a commit that never became good', async () => {
    const source = await open({ repo: repo() });
    repository.push({ 'NovaFile.toml': novaFile('a') });
    const good = (await read(source))?.revision;
    repository.push({ 'NovaFile.toml': 'broken' });
    const broken = (await read(source, good))?.revision;
    repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    const mended = repository.push({ 'NovaFile.toml': novaFile('b') });
    expect((await read(source, broken, good))?.commit).toBe(mended);
  });

  it('is read as well when it was packed, with its refs', async () => {
    const source = await open({ repo: repo() });
    repository.push({ 'NovaFile.toml': novaFile('a') });
    repository.git('tag', '--annotate', '--message', 'one', 'v1.0.0');
    repository.git('push', '--quiet', '--tags', repository.bare);
    const first = await read(source);
    const pack = (...argv: readonly string[]) => repository.git('--git-dir', repository.bare, ...argv);
    pack('repack', '-a', '-d', '--quiet');
    pack('pack-refs', '--all');
    expect(await read(source, first?.revision)).toBeUndefined();
    const second = repository.push({ 'NovaFile.toml': novaFile('b') });
    pack('gc', '--quiet', '--prune=now');
    expect((await read(source, first?.revision))?.commit).toBe(second);
    expect((await read(await open({ repo: repo(), ref: 'tag:v1.0.0' })))?.commit).toBe(first?.commit);
  });

  it('says that a branch is gone, and goes on when it is there again', async () => {
    const source = await open({ repo: repo() });
    repository.push({ 'NovaFile.toml': novaFile() });
    repository.git('push', '--quiet', repository.bare, 'HEAD:other', ':main');
    expect(await codeOf(read(source))).toBe('source.missing');
    repository.push({});
    expect(await codeOf(read(source))).toBeUndefined();
  });

  it('refuses a file that is too large, and too many, and goes on when they are gone', async () => {
    const small = await open({ repo: repo(), max_file_bytes: 10_000 });
    repository.push({ 'NovaFile.toml': novaFile(), large: 'x'.repeat(20_000) });
    expect(await codeOf(read(small))).toBe('source.too-large');
    const few = await open({ repo: repo(), max_files: 2 });
    repository.push({ large: '', more: '' });
    expect(await codeOf(read(few))).toBe('source.too-large');
    repository.git('rm', '--quiet', 'large', 'more');
    repository.push({});
    expect(await codeOf(read(few))).toBeUndefined();
  });

  it('follows a tag, a commit, or the highest version in a range, and not a lower one', async () => {
    const first = repository.push({ 'NovaFile.toml': novaFile('a') });
    repository.git('tag', 'v1.0.0');
    const second = repository.push({ 'NovaFile.toml': novaFile('b') });
    repository.git('tag', '--annotate', '--message', 'two', 'v1.1.0');
    repository.git('tag', 'v2.0.0');
    repository.git('push', '--quiet', '--tags', repository.bare);
    expect((await read(await open({ repo: repo(), ref: 'tag:v1.0.0' })))?.commit).toBe(first);
    expect((await read(await open({ repo: repo(), ref: first })))?.commit).toBe(first);
    const range = await open({ repo: repo(), ref: 'semver:^1' });
    const high = await read(range);
    expect(high).toMatchObject({ revision: `v1.1.0@${second}` });
    repository.git('push', '--quiet', repository.bare, ':refs/tags/v1.1.0');
    expect(await codeOf(read(range, high?.revision))).toBe('source.rewound');
  });
});

describe('what a commit holds', () => {
  const files = {
    'NovaFile.toml':
      'project = "demo"\n[container.web]\ncapsule = "./root"\ncommand = ["/bin/serve"]\nvolumes = ["./site:/site"]\n',
    'root/bin/serve': '#!/bin/sh\n',
    'site/index.html': 'hello',
  };
  const pathsOf = (delivery: Delivery | undefined): readonly string[] =>
    [...JSON.stringify(delivery?.manifest?.resources).matchAll(/"(\/[^"]*kept[^"]*)"/g)].map(
      ([, path]) => path ?? '',
    );

  it('keeps its path as long as it is the same, and gets another one when it is not', async () => {
    const source = await open();
    repository.push(files);
    const first = await read(source);
    const [root = '', site = ''] = pathsOf(first);
    expect(readFileSync(join(site, 'index.html'), 'utf8')).toBe('hello');
    expect(readFileSync(join(root, 'bin/serve'), 'utf8')).toBe('#!/bin/sh\n');
    repository.push({ 'site/index.html': 'changed', other: '' });
    const second = await read(source, first?.revision);
    const [sameRoot, otherSite = ''] = pathsOf(second);
    expect(sameRoot).toBe(root);
    expect(readFileSync(join(otherSite, 'index.html'), 'utf8')).toBe('changed');
    // What runs still uses the old one.
    expect(readFileSync(join(site, 'index.html'), 'utf8')).toBe('hello');
    expect(second?.manifest?.file).toBe(first?.manifest?.file);
  });

  it('has modes and symbolic links as they were committed', async () => {
    repository.push({ ...files, 'root/bin/serve': '#!/bin/sh\n' });
    repository.git('update-index', '--chmod=+x', 'root/bin/serve');
    spawnSync('ln', ['-s', 'serve', join(repository.work, 'root/bin/link')]);
    repository.git('add', 'root/bin/link');
    repository.git('commit', '--quiet', '--message', 'modes');
    repository.git('push', '--quiet', repository.bare, 'HEAD:main');
    const [root = ''] = pathsOf(await read(await open()));
    expect(statSync(join(root, 'bin/serve')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(root, 'bin/link'), 'utf8')).toBe('#!/bin/sh\n');
  });

  it('is never read half written: what a killed run had begun is taken away', async () => {
    const source = await open();
    const commit = repository.push(files);
    const begun = join(repository.folder, 'kept/commits', `.${commit}.deadbeef`);
    mkdirSync(begun, { recursive: true });
    appendFileSync(join(begun, 'NovaFile.toml'), 'project = "de');
    expect((await read(source))?.manifest?.project).toBe('demo');
    repository.push({ other: '' });
    await read(source);
    expect(existsSync(begun)).toBe(false);
  });
});

describe('what was fetched', () => {
  it.each([
    { what: 'an index of a pack that was cut off', damage: 'idx', bytes: 40 },
    { what: 'an empty index of a pack', damage: 'idx', bytes: 0 },
    { what: 'a pack that was cut off', damage: 'pack', bytes: 60 },
  ])('is fetched again when it is damaged: $what', async ({ damage, bytes }) => {
    const source = await open();
    repository.push({ 'NovaFile.toml': novaFile('a') });
    const known = (await read(source))?.revision;
    const packs = join(repository.folder, 'kept/repository/objects/pack');
    for (const name of readdirSync(packs).filter((each) => each.endsWith(damage)))
      truncateSync(join(packs, name), bytes);
    const commit = repository.push({ 'NovaFile.toml': novaFile('b') });
    expect((await read(source, known))?.commit).toBe(commit);
  });
});

describe('a server', () => {
  it('that is down, ill, or slow is said to be unreachable, and used again when it is well', async () => {
    repository.push({ 'NovaFile.toml': novaFile() });
    const source = await open();
    await server.close();
    expect(await codeOf(read(source))).toBe('source.unreachable');
    await server.open();
    server.ill = 503;
    expect(await codeOf(read(source))).toBe('source.unreachable');
    server.ill = undefined;
    expect(await codeOf(read(source))).toBeUndefined();
  });

  it('that lets nobody in, or not any more, is said to deny us; a new token is used at once', async () => {
    repository.push({ 'NovaFile.toml': novaFile() });
    const token = join(repository.folder, 'token');
    writeFileSync(token, 'old\n');
    server.password = 'old';
    expect(await codeOf(read(await open()))).toBe('source.denied');
    const source = await open({ token_file: token });
    const known = (await read(source))?.revision;
    server.password = 'new';
    repository.push({ other: '' });
    expect(await codeOf(read(source, known))).toBe('source.denied');
    writeFileSync(token, 'new\n');
    expect(await codeOf(read(source, known))).toBeUndefined();
  });

  it('that sends too much is cut off', async () => {
    const noise = Array.from({ length: 40_000 }, () => Math.random().toString(36)).join('');
    repository.push({ 'NovaFile.toml': novaFile(), noise });
    expect(await codeOf(read(await open({ max_bytes: 100_000 })))).toBe('source.too-large');
  });

  it('with names by SHA-256 is refused by name', async () => {
    using other = createRepository({ sha256: true });
    other.push({ 'NovaFile.toml': novaFile() });
    await using otherServer = await serve(other);
    expect(await codeOf(read(await open({ repo: otherServer.url })))).toBe('source.unsupported');
    expect(await codeOf(read(await open({ repo: other.bare })))).toBe('source.unsupported');
  });

  it('is asked once while there is nothing new', async () => {
    repository.push({ 'NovaFile.toml': novaFile() });
    const source = await open();
    const known = (await read(source))?.revision;
    const before = server.requests();
    await read(source, known);
    expect(server.requests() - before).toBeLessThanOrEqual(2);
  });
});

describe('trust in SSH keys', () => {
  it('takes what an allowed signer has signed, and nothing else', async () => {
    const key = (name: string): string => {
      const path = join(repository.folder, name);
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
      return path;
    };
    const [ada, eve] = [key('ada'), key('eve')];
    const signers = join(repository.folder, 'signers');
    const publicKey = readFileSync(`${ada}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(signers, `ada@example.org namespaces="git" ${publicKey}\n`);
    const source = await open({ allowed_signers: signers });
    const sign = (path: string, ...argv: readonly string[]): void => {
      repository.git('-c', 'gpg.format=ssh', '-c', `user.signingkey=${path}`, ...argv);
      repository.git('push', '--quiet', '--force', '--tags', repository.bare, 'HEAD:main');
    };
    repository.push({ 'NovaFile.toml': novaFile() });
    expect(await codeOf(read(source))).toBe('source.untrusted');
    sign(eve, 'commit', '--quiet', '--allow-empty', '--gpg-sign', '--message', 'by eve');
    expect(await codeOf(read(source))).toBe('source.untrusted');
    sign(ada, 'commit', '--quiet', '--allow-empty', '--gpg-sign', '--message', 'by ada\n\nwith more');
    expect(await codeOf(read(source))).toBeUndefined();
    repository.push({ other: 'unsigned' });
    sign(ada, 'tag', '--sign', '--message', 'good', 'v1.0.0');
    sign(eve, 'tag', '--sign', '--message', 'bad', 'v2.0.0');
    expect(await codeOf(read(await open({ allowed_signers: signers, ref: 'tag:v1.0.0' })))).toBeUndefined();
    expect(await codeOf(read(await open({ allowed_signers: signers, ref: 'tag:v2.0.0' })))).toBe(
      'source.untrusted',
    );
  });

  it('is not moved by a signature of something else', async () => {
    const path = join(repository.folder, 'ada');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    const signers = join(repository.folder, 'signers');
    writeFileSync(signers, `ada ${readFileSync(`${path}.pub`, 'utf8')}`);
    repository.push({ 'NovaFile.toml': novaFile() });
    repository.git(
      '-c',
      'gpg.format=ssh',
      '-c',
      `user.signingkey=${path}`,
      'commit',
      '-S',
      '--allow-empty',
      '-qm',
      'a',
    );
    const raw = repository.git('cat-file', 'commit', 'HEAD');
    const forged = spawnSync('git', ['-C', repository.work, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      input: `${raw.replace('Ada', 'Eve')}\n`,
      encoding: 'utf8',
    }).stdout.trim();
    repository.git('push', '--quiet', '--force', repository.bare, `${forged}:main`);
    expect(await codeOf(read(await open({ allowed_signers: signers })))).toBe('source.untrusted');
  });
});

describe('trust in OpenPGP keys', () => {
  it('takes what a key of the keyring has signed, and nothing else', { timeout: 60_000 }, async () => {
    const home = join(repository.folder, 'gnupg');
    mkdirSync(home, { mode: 0o700 });
    const gpg = (...argv: readonly string[]) =>
      spawnSync('gpg', ['--homedir', home, '--batch', '--quiet', ...argv], { encoding: 'buffer' });
    const make = ['--passphrase', '', '--quick-generate-key'];
    gpg(...make, 'Ada <ada@example.org>', 'ed25519', 'sign', 'never');
    gpg(...make, 'Eve <eve@example.org>', 'ed25519', 'sign', 'never');
    const keyring = join(repository.folder, 'keyring.gpg');
    writeFileSync(keyring, gpg('--export', 'ada@example.org').stdout);
    const program = join(repository.folder, 'gpg');
    writeFileSync(program, `#!/bin/sh\nexec gpg --homedir ${home} --batch "$@"\n`, { mode: 0o755 });
    const sign = (signer: string): void => {
      const how = ['-c', `gpg.program=${program}`, '-c', `user.signingkey=${signer}`];
      repository.git(...how, 'commit', '--quiet', '--allow-empty', '--gpg-sign', '--message', signer);
      repository.git('push', '--quiet', '--force', repository.bare, 'HEAD:main');
    };
    try {
      const source = await open({ keyring });
      repository.push({ 'NovaFile.toml': novaFile() });
      expect(await codeOf(read(source))).toBe('source.untrusted');
      sign('eve@example.org');
      expect(await codeOf(read(source))).toBe('source.untrusted');
      sign('ada@example.org');
      expect(await codeOf(read(source))).toBeUndefined();
    } finally {
      spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    }
  });
});
