import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { controlPlace } from '../../../controller/control/place.ts';
import { remembered, startController, until } from '../support/controller.ts';
import { must, run } from '../support/shell.ts';
import { cli, createWorld, type World } from '../support/world.ts';

/** What must not be found where it has no business. */
const canaries = {
  file: 'canary-of-the-file-3c1b',
  path: 'canary-of-the-path-88d0',
  rotated: 'canary-after-rotation-e5a7',
};

function leaksIn(text: string | Buffer): readonly string[] {
  return Object.values(canaries).filter((canary) => text.includes(canary));
}

describe('secrets of what a controller follows', () => {
  let world: World;
  let env: Record<string, string>;
  const watching = ['watch', '--json', '--name', 'vault'];
  const state = () => remembered(world);

  beforeAll(async () => {
    world = await createWorld();
    env = { NOVA_IDENTITY_FILE: join(world.folder, 'identity') };
    await world.write(novaFile());
    await writeFile(join(world.folder, 'tls.key'), `${canaries.path}\n`);
    await setSecret(canaries.file);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  function novaFile(more = ''): string {
    return `project = "vault"
[secrets.from]
tls = { path = "./tls.key" }
[container.web]
capsule = "./root"
command = ["sleep", "1000"]
restart = "never"
stop_timeout = 0
env = { DB = { secret = "db" }, TLS = { secret = "tls" } }
${more}`;
  }

  async function setSecret(value: string): Promise<void> {
    const argv = [...cli, 'secret', 'set', 'db', '-f', world.file];
    const { code, stderr } = await run(argv, { input: `${value}\n`, env });
    expect(code, stderr).toBe(0);
  }

  async function variables(): Promise<readonly string[]> {
    const identity = world.identity('vault', 'container.web');
    const pid = await readFile(
      join('/run/nova', world.scope.id, 'containers', identity, 'pid'),
      'utf8',
    ).catch(() => 'none');
    return (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0');
  }

  async function bytesBelow(folder: string): Promise<Buffer> {
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
  }

  /** Everything that the controller answers to those who ask. */
  async function answers(): Promise<string> {
    const { socket } = controlPlace(world.stateDirectory);
    const ask = (path: string) =>
      must(['curl', '--silent', '--fail', '--unix-socket', socket, `http://nova${path}`]);
    return [await ask('/v1/sources'), await ask('/v1/events')].join('\n');
  }

  it('come into the capsule, follow their files when they are rotated, and are told nowhere', async () => {
    const auto = [...watching, '--auto', 'create,update,restart'];
    await using running = startController(world, auto, env);
    await until('as declared', () => state().ready('vault') === 'true Converged');
    expect(await variables()).toContain(`DB=${canaries.file}`);
    expect(await variables()).toContain(`TLS=${canaries.path}`);
    await setSecret(canaries.rotated);
    await until('the new value', async () => (await variables()).includes(`DB=${canaries.rotated}`));
    await writeFile(join(world.folder, 'tls.key'), `${canaries.rotated}\n`);
    await until('the other new value', async () => (await variables()).includes(`TLS=${canaries.rotated}`));
    // What a capsule says of it before it fails is in conditions, events, logs and answers.
    const loud =
      '[container.loud]\ncapsule = "./root"\ncommand = ["sh", "-c", "echo $TOKEN >&2; exit 3"]\nrestart = "never"\nenv = { TOKEN = { secret = "db" } }\n';
    await world.write(novaFile(loud));
    const said = () =>
      state()
        .conditions('vault')
        .find(({ subject, type }) => subject === 'container.loud' && type === 'Ready')?.message ?? '';
    const failed = () => said().includes('exited with status 3');
    await until('it failed', failed, 60_000);
    expect(said()).toContain('(sensitive)');
    const told = JSON.stringify([state().events(), state().conditions('vault')]);
    const all = [told, await answers(), running.output()];
    for (const text of all) expect(text).toContain('(sensitive)');
    expect(leaksIn(all.join('\n'))).toEqual([]);
    expect(await running.stop()).toBe(0);
    expect(leaksIn(running.output())).toEqual([]);
    expect(leaksIn(await bytesBelow(world.stateDirectory))).toEqual([]);
  });

  it('are had from the last good generation where the source has none any more', async () => {
    await world.write(novaFile());
    await world.novaMust(['apply', '--yes'], { env });
    await using before = startController(world, watching, env);
    await until('it is good', () => state().ready('vault') === 'true Converged');
    expect(await before.stop()).toBe(0);
    const lost = { NOVA_IDENTITY_FILE: '/nowhere/at/all' };
    await using running = startController(world, watching, lost);
    await until('it says so', () => state().ready('vault') === 'false secret.identity');
    await must(['kill', '-9', await pidOfWeb()]);
    await until('it runs again', async () => (await variables()).includes(`DB=${canaries.rotated}`));
    expect(leaksIn(running.output())).toEqual([]);
  });

  function pidOfWeb(): Promise<string> {
    const identity = world.identity('vault', 'container.web');
    return readFile(join('/run/nova', world.scope.id, 'containers', identity, 'pid'), 'utf8');
  }
});
