import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createRepository, type Repository } from '../../controller/sources/repository.ts';
import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { createWorld, type World } from '../support/world.ts';

const file = (...volumes: readonly string[]): string =>
  ['project = "shelled"\n', ...volumes.map((name) => `[volume.${name}]\n`)].join('');

/** OpenSSH's own server on a port of its own, for one key. */
interface SshServer {
  readonly port: number;
  readonly key: string;
  readonly knownHosts: string;
  close(): Promise<void>;
}

/**
 * Not among what `npm test` installs: with the package a server starts that listens to the world. Where there is none,
 * these tests are skipped.
 */
const program = '/usr/sbin/sshd';

/** Where sshd goes to be nobody; packages make it at boot. */
const privileges = '/run/sshd';

async function openSshd(folder: string): Promise<SshServer> {
  const at = (name: string): string => join(folder, name);
  for (const name of ['host', 'key', 'other'])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  const port = await freePort();
  writeFileSync(at('authorized'), readFileSync(at('key.pub')));
  chmodSync(at('authorized'), 0o600);
  writeFileSync(at('known'), `[127.0.0.1]:${port} ${readFileSync(at('host.pub'), 'utf8')}`);
  const made = !existsSync(privileges);
  if (made) mkdirSync(privileges, { mode: 0o755 });
  const options = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: at('host'),
    AuthorizedKeysFile: at('authorized'),
    PidFile: 'none',
    StrictModes: 'no',
    UsePAM: 'no',
    PasswordAuthentication: 'no',
    PermitRootLogin: 'prohibit-password',
  };
  writeFileSync(
    at('sshd_config'),
    Object.entries(options)
      .map((pair) => `${pair.join(' ')}\n`)
      .join(''),
  );
  const sshd: ChildProcess = spawn(program, ['-D', '-e', '-f', at('sshd_config')], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => sshd.once('close', resolve));
  return {
    port,
    key: at('key'),
    knownHosts: at('known'),
    async close() {
      sshd.kill('SIGTERM');
      await ended;
      if (made && existsSync(privileges)) rmdirSync(privileges);
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

describe.skipIf(!existsSync(program))(`a repository behind sshd (needs ${program})`, () => {
  let world: World;
  let repository: Repository;
  let sshd: SshServer;
  let running: RunningController;
  const state = () => remembered(world);
  const good = (commit: string) => () => state().source('lab')?.goodRevision === `main@${commit}`;

  beforeAll(async () => {
    world = await createWorld();
    repository = createRepository();
    sshd = await openSshd(repository.folder);
    repository.push({ 'NovaFile.toml': file('a') });
    const url = `ssh://${userInfo().username}@127.0.0.1:${sshd.port}${repository.bare}`;
    const ssh = `ssh -F none -i ${sshd.key} -o BatchMode=yes -o UserKnownHostsFile=${sshd.knownHosts}`;
    running = startController(
      world,
      ['controller', '--json', '--name', 'lab', '--interval', '200ms', '--repo', url],
      { GIT_SSH_COMMAND: ssh },
    );
  });
  afterAll(async () => {
    await running.stop();
    await sshd.close();
    repository[Symbol.dispose]();
    await world.write(file());
    await world[Symbol.asyncDispose]();
  });

  it('is followed, also when it was repacked', async () => {
    await until('the first is good', () => state().ready('lab') === 'true Converged');
    const second = repository.push({ 'NovaFile.toml': file('a', 'b') });
    await until('the second is good', good(second));
    repository.git('--git-dir', repository.bare, 'gc', '--quiet', '--prune=now');
    repository.git('--git-dir', repository.bare, 'pack-refs', '--all');
    const third = repository.push({ 'NovaFile.toml': file('a', 'b', 'c') });
    await until('the third is good', good(third));
  });

  it('that does not let us in is said to deny us, and followed again when it does', async () => {
    const allowed = join(repository.folder, 'authorized');
    const key = readFileSync(allowed);
    writeFileSync(allowed, readFileSync(join(repository.folder, 'other.pub')));
    const commit = repository.push({ 'NovaFile.toml': file('a', 'b', 'c', 'd') });
    await until('it is denied', () => state().ready('lab') === 'false source.denied');
    expect(state().ready('lab', 'volume.a')).toBe('true Converged');
    writeFileSync(allowed, key);
    await until('the commit is good', good(commit), 40_000);
  });

  it('that is down is said to be unreachable, and what was good stays', async () => {
    await sshd.close();
    await until('it is unreachable', () => state().ready('lab') === 'false source.unreachable');
    expect(state().ready('lab', 'volume.a')).toBe('true Converged');
  });
});
