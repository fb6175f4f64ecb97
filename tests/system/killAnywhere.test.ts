import { spawn } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Address } from '../../schema/manifest.ts';
import { twoCapsules } from './support/novaFiles.ts';
import { createWorld, type World } from './support/world.ts';

/** How many instants are tried; a longer run: NOVA_KILL_RUNS=200. */
const runs = Number(process.env['NOVA_KILL_RUNS'] ?? 20);
const seed = Number(process.env['NOVA_KILL_SEED'] ?? 20260101);

/** A small generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Nothing to boot: a machine that is there in no time. */
const machine = `
[vm.box]
image = "./empty.raw"
memory = "32Mi"
accel = "tcg"
network = "lan"
stop_timeout = 0
`;

let world: World;
let before: string[];
let whole: string[];

beforeAll(async () => {
  world = await createWorld();
  await writeFile(join(world.folder, 'empty.raw'), '');
  await truncate(join(world.folder, 'empty.raw'), 2 ** 20);
  await world.write(`${twoCapsules}${machine}`);
  before = await world.state();
  await world.novaMust(['apply', '--yes']);
  whole = await world.state('inside');
  await world.novaMust(['destroy', '--yes', '--delete-volumes']);
});

afterAll(async () => world[Symbol.asyncDispose]());

/** Starts a command and kills it after so many ms. */
async function killed(command: string, after: number): Promise<void> {
  const [program = '', ...args] = world.command([command, '--yes', '--delete-volumes']);
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await Promise.race([sleep(after), ended]);
  child.kill('SIGKILL');
  await ended;
}

/** Capsules that run with their conmon, and the machine: a later run has no reason to touch these. */
async function running(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const { stdout } = await world.nova(['ls', '--json']);
  const { resources } = JSON.parse(stdout) as {
    resources: { address: Address; state: string; drift: string | null }[];
  };
  for (const { address, state, drift } of resources) {
    if (state !== 'running' || drift !== null) continue;
    const folder = address.startsWith('vm.') ? 'vms' : 'containers';
    if (!/^(?:vm|container)\./.test(address)) continue;
    const file = join(world.scope.run, folder, world.identity('demo', address), 'pid');
    found.set(address, (await readFile(file, 'utf8')).trim());
  }
  return found;
}

describe('kill -9 at any instant', () => {
  it(
    `converges after each of ${runs}, restarts nothing that ran, and leaves nothing (seed ${seed})`,
    async () => {
      const random = randomFrom(seed);
      for (let index = 0; index < runs; index += 1) {
        const command = index % 4 === 3 ? 'destroy' : 'apply';
        const after = Math.round(100 + random() * 1900);
        await killed(command, after);
        const ran = await running();
        await world.novaMust(['apply', '--yes']);
        const now = await running();
        for (const [address, pid] of ran)
          expect(`${address} ${now.get(address)}`, `run ${index}, ${after} ms`).toBe(`${address} ${pid}`);
        expect(await world.state('inside'), `run ${index}: ${command} killed after ${after} ms`).toEqual(
          whole,
        );
        if (index % 2 === 0) await world.novaMust(['destroy', '--yes', '--delete-volumes']);
      }
      await world.novaMust(['destroy', '--yes', '--delete-volumes']);
      expect(await world.state()).toEqual(before);
    },
    60_000 + 20_000 * runs,
  );
});
