import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { openStateStore } from '../../stateStore/sqlite.ts';
import { must, run } from './support/shell.ts';
import { createWorld, type World } from './support/world.ts';

const novaFile = `
project = "refused"
[network.lan]
subnet = "192.168.86.1/24"
[container.app]
capsule = "./root"
command = ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
network = "lan"
stop_timeout = 2
`;

let world: World;
let before: string[];

beforeAll(async () => {
  world = await createWorld();
  await world.write(novaFile);
  before = await world.state();
});

afterEach(async () => {
  await world.write(novaFile);
  await rm(world.stateDirectory, { recursive: true, force: true });
});

afterAll(async () => world[Symbol.asyncDispose]());

/** `apply` must fail with the code, say something helpful, and leave the host as it was. */
async function expectRefusal(code: string, hint: RegExp, argv: readonly string[] = ['apply', '--yes']) {
  const result = await world.nova(argv);
  expect(result.stderr).toContain(`[${code}]`);
  expect(result.stderr).toMatch(hint);
  expect(result.code).toBe(1);
  expect(await world.state()).toEqual(before);
}

describe('apply refuses before anything is changed', () => {
  it('when another process holds the lock, naming it', async () => {
    const path = join(world.scope.run, 'refused.lock');
    await mkdir(world.scope.run, { recursive: true });
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `const { DatabaseSync } = require('node:sqlite');
         const db = new DatabaseSync(${JSON.stringify(path)});
         db.exec('create table if not exists foreign_owner (x); begin immediate');
         process.stdout.write('held');
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const result = await world.nova(['apply', '--yes']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('[state.locked]');
    expect(result.stderr).toContain(String(holder.pid));
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
    await rm(world.scope.run, { recursive: true });
    expect(await world.state()).toEqual(before);
  });

  it('when the state folder is a read-only filesystem', async () => {
    await mkdir(world.stateDirectory);
    await must(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', world.stateDirectory]);
    try {
      const during = await world.state();
      const result = await world.nova(['apply', '--yes']);
      expect(result.stderr).toContain('[state.unwritable]');
      expect(result.code).toBe(1);
      expect(await world.state()).toEqual(during);
    } finally {
      await must(['umount', world.stateDirectory]);
    }
  });

  it('when the disk of the state folder is full', async () => {
    await mkdir(world.stateDirectory);
    await must(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', world.stateDirectory]);
    try {
      await run(['dd', 'if=/dev/zero', `of=${world.stateDirectory}/filler`, 'bs=4k']);
      const during = await world.state();
      const result = await world.nova(['apply', '--yes']);
      expect(result.stderr).toContain('[host.full]');
      expect(result.code).toBe(1);
      expect(await world.state()).toEqual(during);
    } finally {
      await must(['umount', world.stateDirectory]);
    }
  });

  it('when the database is of a newer Nova', async () => {
    openStateStore({ directory: world.stateDirectory }).close();
    const database = new DatabaseSync(join(world.stateDirectory, 'nova.db'));
    database.exec('pragma user_version = 9999');
    database.close();
    await expectRefusal('state.newer', /9999/);
  });

  it('when the database is none', async () => {
    await mkdir(world.stateDirectory);
    await writeFile(join(world.stateDirectory, 'nova.db'), 'this is a letter, not a database'.repeat(300));
    await expectRefusal('state.damaged', /hint:/);
  });

  it.each(['nft', 'conmon', 'dnsmasq', 'ip'])('when %s is missing, saying how to get it', async (tool) => {
    const path = (await must(['which', tool])).trim();
    // In a mount namespace of its own nothing that can be run is where the tool is.
    const hiding = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount --bind /dev/null "$1" && shift && exec "$@"',
      'sh',
      path,
    ];
    const result = await run([...hiding, ...world.command(['apply', '--yes'])]);
    expect(result.stderr).toContain('[capability.missing]');
    expect(result.stderr).toMatch(new RegExp(`${tool}.*apt-get install`, 's'));
    expect(result.code).toBe(1);
    expect(await world.state()).toEqual(before);
  });

  it('when nobody is there to agree', async () => {
    await expectRefusal('plan.declined', /--yes/, ['apply']);
  });

  it('when the capsule is not there, with its place in the file', async () => {
    await world.write(novaFile.replace('./root', './rot'));
    const result = await world.nova(['plan']);
    expect(result.stderr).toContain('[capsule.missing]');
    expect(result.stderr).toMatch(/NovaFile\.toml:\d+:\d+/);
    expect(result.stdout).toContain('network.lan');
    expect(result.code).toBe(1);
  });

  it('when two folders claim one project', async () => {
    await world.novaMust(['apply', '--yes']);
    const other = join(world.folder, 'other');
    await mkdir(other);
    await writeFile(join(other, 'NovaFile.toml'), novaFile);
    const result = await world.nova(['apply', '--yes', '-f', join(other, 'NovaFile.toml')]);
    await world.novaMust(['destroy', '--yes']);
    expect(result.stderr).toContain('[project.claimed]');
    expect(result.stderr).toContain(world.file);
    expect(result.stderr).toContain(join(other, 'NovaFile.toml'));
  });

  it('what is not built yet, by name, and shows the rest of the plan', async () => {
    await world.write(
      `${novaFile}\n[network.far]\ntype = "overlay"\n[container.hub]\ncapsule = "./root"\nlimits = { disk = "1Gi" }\n`,
    );
    const { code, stdout, stderr } = await world.nova(['plan']);
    expect(code).toBe(1);
    expect(stdout).toContain('# network.lan will be created');
    expect(stdout).toContain('# container.app will be created');
    expect(stderr).toContain('network.far');
    expect(stderr).toContain('container.hub');
    expect(stderr.match(/\[not-built\]/g)).toHaveLength(2);
  });
});

describe('a failure of one', () => {
  it('stops only what depends on it, and every error is told at the end', async () => {
    await world.write(`${novaFile}
[container.broken]
capsule = "./root"
command = ["/no/such/program"]
network = "lan"
[container.after]
capsule = "./root"
command = ["sleep", "100000"]
depends_on = ["container.broken"]
stop_timeout = 1
`);
    const { code, stderr, stdout } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('[capsule.start]');
    expect(stderr).toContain('/no/such/program');
    expect(stderr).toContain('container.after: not begun, as container.broken failed');
    expect(stdout).toContain('2 of 4 applied, 1 failed, 1 blocked');
    const { resources } = JSON.parse(await world.novaMust(['ls', '--json'])) as {
      resources: { address: string; state: string }[];
    };
    expect(resources.find(({ address }) => address === 'container.app')?.state).toBe('running');
    await world.novaMust(['destroy', '--yes', '--delete-volumes']);
    expect(await world.state()).toEqual(before);
  });
});

describe('commands that only look', () => {
  it.each(['validate', 'plan', 'drift', 'ls'])(
    '%s changes nothing, on an empty host and on a full one',
    async (command) => {
      const record = join(world.folder, `commands-${command}`);
      const effects = async () => {
        const text = await readFile(record, 'utf8').catch(() => '');
        return text
          .split('\n')
          .filter(Boolean)
          .map((line) => (JSON.parse(line) as { effect: string }).effect);
      };
      await world.nova([command], { env: { NOVA_COMMAND_LOG: record } });
      expect(await world.state()).toEqual(before);
      expect(await readdir(world.folder)).not.toContain('state');
      await world.novaMust(['apply', '--yes']);
      const state = await world.state('inside');
      const files = await readdir(world.stateDirectory);
      const database = await must(['sha256sum', join(world.stateDirectory, 'nova.db')]);
      await chmod(record, 0o600).catch(() => undefined);
      await world.nova([command], { env: { NOVA_COMMAND_LOG: record } });
      expect(await world.state('inside')).toEqual(state);
      expect(await readdir(world.stateDirectory)).toEqual(files);
      expect(await must(['sha256sum', join(world.stateDirectory, 'nova.db')])).toBe(database);
      expect((await effects()).filter((effect) => effect !== 'read')).toEqual([]);
      await world.novaMust(['destroy', '--yes']);
    },
  );
});

describe('Ctrl-C', () => {
  it('ends a run cleanly with 130, and the next apply finishes it', async () => {
    const slow = Array.from(
      { length: 12 },
      (_, index) =>
        `[container.c${index}]\ncapsule = "./root"\ncommand = ["sleep", "100000"]\nstop_timeout = 1\n`,
    );
    await world.write(`${novaFile}\n${slow.join('\n')}`);
    const [command = '', ...args] = world.command(['apply', '--yes', '--parallelism', '1']);
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      if (said === '') child.kill('SIGINT');
      said += piece;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(130);
    expect(said).toContain('Stopping after the steps in hand');
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    await world.novaMust(['destroy', '--yes']);
    expect(await world.state()).toEqual(before);
  });
});
