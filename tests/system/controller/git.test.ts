import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { controlPlace } from '../../../controller/control/place.ts';

import {
  createRepository,
  type GitServer,
  type Repository,
  serve,
} from '../../controller/sources/repository.ts';
import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { createWorld, type World } from '../support/world.ts';

const lan = '[network.lan]\nsubnet = "192.168.82.1/24"\n';
const file = (...parts: readonly string[]): string => ['project = "followed"\n', ...parts].join('');
const volume = (name: string): string => `[volume.${name}]\n`;

describe('nova controller with a repository', () => {
  let world: World;
  let repository: Repository;
  let server: GitServer;
  let running: RunningController;
  const state = () => remembered(world);
  const follow = ['controller', '--json', '--name', 'lab', '--interval', '100ms'];
  const at = (name: string): string => join(repository.folder, name);
  const start = (): RunningController =>
    startController(world, [
      ...[...follow, '--repo', server.url, '--allowed-signers', at('signers')],
      ...['--hook-secret-file', at('secret')],
    ]);
  const good = (commit: string) => () => state().source('lab')?.goodRevision === `main@${commit}`;

  beforeAll(async () => {
    world = await createWorld();
    repository = createRepository();
    server = await serve(repository);
    signEverything(repository);
    writeFileSync(at('secret'), 'not guessed\n');
    repository.push({ 'NovaFile.toml': file(lan) });
    running = start();
  });
  afterAll(async () => {
    await running.stop();
    // What the controller made is taken away by the project's own file.
    await world.write(file());
    await server.close();
    repository[Symbol.dispose]();
    await world[Symbol.asyncDispose]();
  });

  it('applies what is pushed', async () => {
    const commit = repository.push({ 'NovaFile.toml': file(lan, volume('a')) });
    await until('the commit is good', good(commit));
    expect(await world.inside(['ip', '-br', 'link', 'show', 'lan'])).toContain('lan');
    expect(state().source('lab')).toMatchObject({ observedRevision: `main@${commit}` });
  });

  const troubles: readonly {
    readonly what: string;
    readonly reason: string;
    readonly make: () => void | Promise<void>;
    readonly mend: () => void | Promise<void>;
  }[] = [
    {
      what: 'a broken file',
      reason: 'toml.syntax',
      make: () => void repository.push({ 'NovaFile.toml': 'project = ' }),
      mend: () => undefined,
    },
    {
      what: 'a branch that is gone',
      reason: 'source.missing',
      make: () => void repository.git('push', '--quiet', repository.bare, 'HEAD:kept', ':main'),
      mend: () => undefined,
    },
    {
      what: 'a push that sets the branch back',
      reason: 'source.rewound',
      make: () => void repository.git('push', '--quiet', '--force', repository.bare, 'HEAD~1:main'),
      mend: () => undefined,
    },
    {
      what: 'a server that is down',
      reason: 'source.unreachable',
      make: () => server.close(),
      mend: () => server.open(),
    },
    {
      what: 'a token that has expired',
      reason: 'source.denied',
      make: () => void (server.password = 'new'),
      mend: () => void (server.password = undefined),
    },
    {
      what: 'a huge file',
      reason: 'source.too-large',
      make: () => void repository.push({ huge: 'x'.repeat(17 * 1024 * 1024) }),
      mend: () => void repository.git('rm', '--quiet', '--force', 'huge'),
    },
    {
      what: 'a commit that nobody has signed',
      reason: 'source.untrusted',
      make: () => {
        repository.git('config', 'commit.gpgsign', 'false');
        repository.push({ 'NovaFile.toml': file(lan, volume('unsigned')) });
        repository.git('config', 'commit.gpgsign', 'true');
      },
      mend: () => undefined,
    },
  ];

  it.each(troubles)(
    'says $reason about $what, leaves the host alone, and recovers by itself',
    async (trouble) => {
      const before = (await world.state('inside')).filter(isOfHost);
      await trouble.make();
      await until(trouble.reason, () => state().ready('lab') === `false ${trouble.reason}`);
      expect((await world.state('inside')).filter(isOfHost)).toEqual(before);
      expect(state().ready('lab', 'network.lan')).toBe('true Converged');
      await trouble.mend();
      const commit = repository.push({ 'NovaFile.toml': file(lan, volume('a'), volume(`v${Date.now()}`)) });
      await until('it has recovered', good(commit), 40_000);
      await until('it says so', () => state().ready('lab') === 'true Converged');
    },
  );

  it('takes no webhook that is not signed with the secret, says so, and takes the next one that is', async () => {
    const body = '{"ref":"refs/heads/main"}';
    const before = (await world.state('inside')).filter(isOfHost);
    expect(await hook(world, body, `sha256=${'0'.repeat(64)}`)).toBe(401);
    const told = () =>
      state()
        .events()
        .some(({ reason }) => reason === 'HookRefused');
    await until('it is told', told);
    expect((await world.state('inside')).filter(isOfHost)).toEqual(before);
    const digest = createHmac('sha256', 'not guessed').update(body).digest('hex');
    expect(await hook(world, body, `sha256=${digest}`)).toBe(202);
  });

  it('reads no checkout that is half written, and takes it away with the next commit', async () => {
    const kept = join(world.scope.data, 'sources/lab');
    const [last = ''] = readdirSync(join(kept, 'commits'));
    await running.kill();
    const begun = join(kept, 'commits', `.${last}.deadbeef`);
    mkdirSync(begun);
    writeFileSync(join(begun, 'NovaFile.toml'), 'project = "foll');
    const packs = join(kept, 'repository/objects/pack');
    for (const name of readdirSync(packs).filter((each) => each.endsWith('.idx')))
      truncateSync(join(packs, name), 50);
    running = start();
    const commit = repository.push({ 'NovaFile.toml': file(lan, volume('a'), volume('whole')) });
    await until('the commit is good', good(commit), 40_000);
    expect(readdirSync(join(kept, 'commits'))).toEqual([commit]);
  });

  it('goes on when the repository was repacked', async () => {
    const packed = (...argv: readonly string[]) => repository.git('--git-dir', repository.bare, ...argv);
    packed('gc', '--quiet', '--prune=now');
    packed('pack-refs', '--all');
    const commit = repository.push({ 'NovaFile.toml': file(lan, volume('a'), volume('packed')) });
    await until('the commit is good', good(commit), 40_000);
  });

  it('keeps the last good revision up at a start without the network', async () => {
    await running.stop();
    await server.close();
    await world.inside(['ip', 'link', 'delete', 'lan']);
    running = start();
    await until('the source is unreachable', () => state().ready('lab') === 'false source.unreachable');
    await until('the bridge is back', () => state().ready('lab', 'network.lan') === 'true Converged');
    // What was known of it before it was stopped says so too.
    await expect.poll(() => world.inside(['ip', '-br', 'link', 'show', 'type', 'bridge'])).toContain('lan');
    await server.open();
    await until('the source is back', () => state().ready('lab') === 'true Converged', 40_000);
  });
});

/** Every commit is signed from now on, with a key that is allowed. */
function signEverything(repository: Repository): void {
  const key = join(repository.folder, 'key');
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const publicKey = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(join(repository.folder, 'signers'), `ada@example.org namespaces="git" ${publicKey}\n`);
  for (const [name, value] of [
    ['gpg.format', 'ssh'],
    ['user.signingkey', key],
    ['commit.gpgsign', 'true'],
  ] as const)
    repository.git('config', name, value);
}

/** The status that a webhook with this signature is answered with. */
function hook(world: World, body: string, signature: string): Promise<number> {
  const { socket } = controlPlace(world.stateDirectory);
  const headers = { 'x-hub-signature-256': signature, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: socket, method: 'POST', path: '/hooks/lab', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** All but what the controller has fetched, and what it has at work to look at the host. */
function isOfHost(line: string): boolean {
  return (
    !/\/sources\/lab\/|^process .*(nsenter|grep|cli\.[jt]s|work-followed)/.test(line) &&
    !line.includes('wait $!')
  );
}
