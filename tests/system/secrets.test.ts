import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { must, run } from './support/shell.ts';
import { cli, createWorld, type World } from './support/world.ts';

/** What must not be found where it has no business. */
const canaries = {
  file: 'canary-of-the-file-5b0e',
  path: 'canary-of-the-path-77aa\nwith "quotes" and a second line canary-c41d',
  env: 'canary-of-the-environment-90fd',
  written: 'canary-that-is-written-e612',
  rotated: 'canary-after-rotation-0d35',
};
const pieces = Object.values(canaries).flatMap((canary) => canary.split('\n').map((line) => line.slice(-11)));

let world: World;
let env: Record<string, string>;

beforeAll(async () => {
  world = await createWorld();
  env = { NOVA_IDENTITY_FILE: join(world.folder, 'identity'), CANARY_ENV: canaries.env };
  await world.write(novaFile());
  await writeFile(join(world.folder, 'tls.key'), `${canaries.path}\n`);
  await setSecret('db', canaries.file);
});

afterAll(async () => world[Symbol.asyncDispose]());

function novaFile(container = ''): string {
  return `
project = "vault"
[secrets.from]
tls = { path = "./tls.key" }
other = { env = "CANARY_ENV" }

[container.web]
capsule = "./root"
command = ["sleep", "98765"]
env = { DB = { secret = "db" }, OTHER = { secret = "other" }, API_KEY = "${canaries.written}" }
files = { "/run/secrets/tls.key" = { secret = "tls" } }
stop_timeout = 0
${container}`;
}

async function setSecret(name: string, value: string): Promise<void> {
  const argv = [...cli, 'secret', 'set', name, '-f', world.file];
  const { code, stderr } = await run(argv, { input: `${value}\n`, env });
  expect(code, stderr).toBe(0);
}

function leaksIn(text: string | Buffer): readonly string[] {
  return pieces.filter((piece) => text.includes(piece));
}

async function processOf(): Promise<string> {
  const identity = world.identity('vault', 'container.web');
  return readFile(join('/run/nova', world.scope.id, 'containers', identity, 'pid'), 'utf8');
}

async function variablesOf(pid: string): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
}

/** Everything below a folder, with the bytes of the database and its WAL. */
async function bytesBelow(folder: string): Promise<Buffer> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
}

describe('secrets', () => {
  // Where else they could be is looked at in `canaries.test.ts`.
  it('come into the capsule by variable and file', async () => {
    const output = await world.novaMust(['apply', '--yes'], { env });
    expect(leaksIn(output)).toEqual([]);
    const pid = await processOf();
    const variables = await variablesOf(pid);
    expect(variables).toContain(`DB=${canaries.file}`);
    expect(variables).toContain(`OTHER=${canaries.env}`);
    expect(variables).toContain(`API_KEY=${canaries.written}`);
    expect(await readFile(`/proc/${pid}/root/run/secrets/tls.key`, 'utf8')).toBe(canaries.path);
  });

  it('are seen to be changed when they are rotated, which restarts what uses them and shows nothing else', async () => {
    const before = await processOf();
    await setSecret('db', canaries.rotated);
    const plan = await world.novaMust(['plan'], { env });
    expect(plan).toContain('~ env.DB = (sensitive), changed');
    expect(plan).toContain('restarts it');
    const drift = await world.nova(['drift', '--json'], { env });
    expect(JSON.parse(drift.stdout)).toMatchObject({
      drift: [
        {
          address: 'container.web',
          class: 'changed',
          cause: 'config',
          fields: [{ path: 'env.DB', desired: '(sensitive)', actual: '(sensitive)' }],
        },
      ],
    });
    const saved = join(world.folder, 'rotated.json');
    await world.novaMust(['plan', '-o', saved], { env });
    expect(leaksIn(plan + drift.stdout + (await readFile(saved, 'utf8')))).toEqual([]);
    // The plan has the value of then, sealed: neither the identity nor the variable is needed to run it.
    await must([...cli, 'apply', saved]);
    const after = await processOf();
    expect(after).not.toBe(before);
    expect(await variablesOf(after)).toContain(`DB=${canaries.rotated}`);
    await writeFile(join(world.folder, 'tls.key'), 'canary-after-rotation-0d35');
    expect(await world.novaMust(['apply', '--yes'], { env })).toContain(
      '~ files./run/secrets/tls.key = (sensitive), changed',
    );
    expect(await world.novaMust(['plan'], { env })).toContain('Nothing to do');
  });

  it('come back as they were when a generation is gone back to', async () => {
    await world.novaMust(['rollback', '1', '--yes'], { env });
    const variables = await variablesOf(await processOf());
    expect(variables).toContain(`DB=${canaries.file}`);
    await world.novaMust(['apply', '--yes'], { env });
    const { stdout } = await world.nova(['history', '--json'], { env });
    expect(JSON.parse(stdout).generations.length).toBe(5);
    expect(leaksIn(await bytesBelow(world.stateDirectory))).toEqual([]);
  });

  it('are not told when they are taken out again', async () => {
    await world.write(novaFile().replaceAll(/^(env|files) = .*$/gm, ''));
    const plan = await world.novaMust(['plan'], { env });
    expect(plan).toContain('- env.DB');
    const applied = await world.novaMust(['apply', '--yes'], { env });
    expect(leaksIn(plan + applied)).toEqual([]);
    await world.write(novaFile());
    await world.novaMust(['apply', '--yes'], { env });
  });

  it('are taken out of what a capsule says before it fails', async () => {
    const failing =
      '\n[container.loud]\ncapsule = "./root"\ncommand = ["sh", "-c", "echo $TOKEN >&2; exit 3"]\nrestart = "never"\nenv = { TOKEN = { secret = "db" } }\n';
    await world.write(novaFile(failing));
    const { code, stdout, stderr } = await world.nova(['apply', '--yes'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain('(sensitive)');
    const json = await world.nova(['apply', '--yes', '--json'], { env });
    expect(leaksIn(stdout + stderr + json.stdout + json.stderr)).toEqual([]);
    expect(leaksIn(await bytesBelow(world.stateDirectory))).toEqual([]);
    await world.write(novaFile());
    await world.novaMust(['apply', '--yes'], { env });
  });

  it.each([
    {
      reason: 'another identity',
      break: async () => {
        await setSecretOf('stranger');
        return { ...env, NOVA_IDENTITY_FILE: join(world.folder, 'stranger') };
      },
      code: 'secret.identity',
    },
    {
      reason: 'no identity',
      break: async () => ({ ...env, NOVA_IDENTITY_FILE: '/nowhere/at/all' }),
      code: 'secret.identity',
    },
    {
      reason: 'a file that was cut off',
      break: async () => {
        const path = join(world.folder, 'secrets.age');
        await writeFile(
          path,
          (await readFile(path, 'utf8')).replace(/\n.{8}(.*)\n-----END/, '\nAAAAAAAA$1\n-----END'),
        );
        return env;
      },
      code: 'secret.damaged',
    },
    {
      reason: 'no such file',
      break: async () => {
        await rm(join(world.folder, 'secrets.age'));
        return env;
      },
      code: 'secret.missing',
    },
    {
      reason: 'a variable that is not set',
      break: async () => ({ NOVA_IDENTITY_FILE: env['NOVA_IDENTITY_FILE'] ?? '' }),
      code: 'secret.missing',
    },
  ])(
    'are needed at plan, with the place, and the host stays as it was: $reason',
    async ({ break: breakIt, code }) => {
      const file = await readFile(join(world.folder, 'secrets.age'));
      const before = await world.state('inside');
      const pid = await processOf();
      const broken = await breakIt();
      try {
        for (const argv of [['plan'], ['apply', '--yes'], ['drift']]) {
          const { code: status, stdout, stderr } = await world.nova(argv, { env: broken });
          expect({ argv, status }).toEqual({ argv, status: 1 });
          expect(stderr).toMatch(/NovaFile\.toml:10:\d+: container\.web needs secret (db|other)/);
          expect(stderr).toContain(`[${code}]`);
          expect(leaksIn(stdout + stderr)).toEqual([]);
        }
        expect(await world.state('inside')).toEqual(before);
        expect(await processOf()).toBe(pid);
      } finally {
        await writeFile(join(world.folder, 'secrets.age'), file);
      }
    },
  );

  it('are edited in memory, in a file that is gone afterwards', async () => {
    const editor = join(world.folder, 'editor.sh');
    await writeFile(
      editor,
      `#!/bin/sh\necho "$1" >"${world.folder}/seen"\nstat -f -c %T "$1" >>"${world.folder}/seen"\necho 'more = "canary"' >>"$1"\n`,
      { mode: 0o755 },
    );
    await world.novaMust(['secret', 'edit'], { env: { ...env, EDITOR: editor } });
    const [path = '', type] = (await readFile(join(world.folder, 'seen'), 'utf8')).split('\n');
    expect(type).toBe('tmpfs');
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await world.novaMust(['secret', 'ls'], { env })).toMatch(/^more +.*secrets\.age +-$/m);
    await world.novaMust(['secret', 'rekey'], { env });
    expect(await world.novaMust(['plan'], { env })).toContain('Nothing to do');
  });
});

/** A file of secrets of somebody else, with an identity of its own. */
async function setSecretOf(name: string): Promise<void> {
  const folder = join(world.folder, `${name}-project`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'NovaFile.toml'), 'project = "other"\n');
  const argv = [...cli, 'secret', 'set', 'x', '-f', folder];
  await run(argv, { input: 'y', env: { NOVA_IDENTITY_FILE: join(world.folder, name) } });
}
