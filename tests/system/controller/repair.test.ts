import { afterAll, beforeAll, describe, it } from 'vitest';

import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { driftTable } from '../support/driftTable.ts';
import { twoCapsules } from '../support/novaFiles.ts';
import { repaired } from '../support/repaired.ts';
import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

describe('a controller of networks, volumes and capsules', () => {
  let world: World;
  let running: RunningController;
  beforeAll(async () => {
    world = await createWorld();
    await world.write(twoCapsules);
    running = startController(world, ['watch', '--json', '--name', 'lab']);
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged', 60_000);
  });
  afterAll(async () => {
    await running.stop();
    await world[Symbol.asyncDispose]();
  });

  it.each(driftTable(() => world).mutations)('hears that $what, and repairs it', ({ by, reported }) =>
    repaired(world, by, reported.address),
  );

  it('rests when nothing happens: no row is written', async () => {
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged');
    const stamp = () => must(['stat', '-c', '%Y %s', `${world.stateDirectory}/nova.db-wal`]);
    // What was repaired last may still be told.
    await until('nothing is written for three seconds', async () => {
      const before = await stamp();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return (await stamp()) === before;
    });
  });
});
