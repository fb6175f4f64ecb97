import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { migrations } from '../../../stateStore/migrations.ts';
import { openStateReader } from '../../../stateStore/reader.ts';
import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { makeTinyGuest } from '../support/tinyGuest.ts';
import { createWorld, type World } from '../support/world.ts';

const checkout = resolve(import.meta.dirname, '../../..');
const watching = ['watch', '--json', '--name', 'lab'] as const;

describe('a controller that is stopped', () => {
  let world: World;
  let guest: { readonly kernel: string; readonly initrd: string };
  let running: RunningController;
  const isWell = () => remembered(world).ready('lab') === 'true Converged';
  const file = (command = 'sleep 100000 & wait'): string => `project = "kept"
auto = ["create", "update", "restart"]
[network.lan]
subnet = "192.168.96.1/24"
[container.web]
capsule = "./root"
command = ["sh", "-c", "trap '' TERM; ${command}"]
network = "lan"
stop_timeout = 4
[vm.box]
boot = { kernel = "${guest.kernel}", initrd = "${guest.initrd}", cmdline = "console=ttyS0 quiet" }
memory = "128Mi"
accel = "tcg"
stop_timeout = 1
`;

  /** Process and time of its start of everything that runs. */
  async function guests(): Promise<string> {
    const { run } = world.scope;
    const pids = [
      join(run, 'containers', world.identity('kept', 'container.web'), 'pid'),
      join(run, 'vms', world.identity('kept', 'vm.box'), 'pid'),
    ];
    const starts = pids.map(async (path) => {
      const pid = (await readFile(path, 'utf8')).trim();
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      return `${pid} since ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
    });
    return (await Promise.all(starts)).join(', ');
  }

  beforeAll(async () => {
    world = await createWorld();
    guest = await makeTinyGuest(world.folder);
    await world.write(file());
    running = startController(world, watching);
    await until('as declared', isWell, 120_000);
  });
  afterAll(async () => {
    await running.stop();
    await world[Symbol.asyncDispose]();
  });

  it('finishes the step in hand, begins no other, and leaves everything running', async () => {
    const before = (await guests()).split(', ')[1];
    await world.write(file('sleep 200000 & wait'));
    await until('it is being stopped', () => steps(world).some(({ ended }) => ended === undefined));
    // The step takes as long as the capsule is given to stop.
    expect(await running.stop(), running.output()).toBe(0);
    expect(steps(world).filter(({ ended }) => ended === undefined)).toEqual([]);
    expect((await world.nova(['ls'])).stdout).toContain('vm.box');
    running = startController(world, watching);
    await until('as declared', isWell, 60_000);
    expect((await guests()).split(', ')[1]).toBe(before);
  });

  it('is followed by a newer one, from another place and over an older state, which touches no guest', async () => {
    const before = await guests();
    expect(await running.stop()).toBe(0);
    expect(await guests()).toBe(before);
    const last = remembered(world).events().at(-1)?.id ?? 0;
    asItWas(join(world.stateDirectory, 'nova.db'));
    await using other = await copyOfProgram();
    running = startController({ ...world, command: (argv) => other.command(world, argv) }, watching);
    await until('it has begun', () => running.output().includes('following'));
    await until('as declared', isWell, 60_000);
    await running.stop();
    expect(await guests()).toBe(before);
    const news = remembered(world)
      .events()
      .filter(({ id, subject }) => id > last && subject !== '');
    expect(news).toEqual([]);
    running = startController(world, watching);
  });
});

function steps(world: World) {
  const reader = openStateReader({ directory: world.stateDirectory });
  try {
    return reader.journal({ scope: world.scope.id, project: 'kept' }, 100);
  } finally {
    reader.close();
  }
}

/** The database as the schema before this one has it. */
function asItWas(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`alter table source drop column held; pragma user_version = ${migrations.length - 1}`);
  database.close();
}

/** The program in another folder, as another version of it is installed. */
async function copyOfProgram() {
  const folder = await mkdtemp(join(tmpdir(), 'nova-other-'));
  const compiled = process.env['NOVA_TEST_COMPILED'] === '1';
  const parts = compiled
    ? ['dist', 'package.json']
    : ['controller', 'reconcilers', 'schema', 'stateStore', 'package.json'];
  for (const part of parts) await cp(join(checkout, part), join(folder, part), { recursive: true });
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const program = join(folder, compiled ? 'dist/controller/cli.js' : 'controller/cli.ts');
  return {
    command: (world: World, argv: readonly string[]) => [
      process.execPath,
      program,
      ...world.command(argv).slice(2),
    ],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
