import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { driftTable } from '../support/driftTable.ts';
import { twoCapsules } from '../support/novaFiles.ts';
import { must } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';
import { handsOn } from '../vm/hands.ts';
import { createLab, type Lab, novaFile } from '../vm/lab.ts';

/** ms; what only a look once a minute would find is not found by then */
const soon = 30_000;

/** Waits until what was done to a resource is noticed and undone. */
async function repaired(world: World, by: () => Promise<unknown>, address: string): Promise<void> {
  const last = remembered(world).events().at(-1)?.id ?? 0;
  await by();
  const news = () =>
    remembered(world)
      .events()
      .filter(({ id, subject }) => id > last && subject === address);
  await until('it was repaired', () => news().some(({ reason }) => reason === 'Converged'), soon);
  expect(news()[0]?.reason).toBe('Drifted');
  await until('all is well', () => remembered(world).ready('lab') === 'true Converged', soon);
  expect(await world.drift()).toEqual([]);
}

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
    const before = await stamp();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await stamp()).toBe(before);
  });
});

describe('a controller of machines', () => {
  let lab: Lab;
  let running: RunningController;
  beforeAll(async () => {
    lab = await createLab();
    await lab.world.write(novaFile(lab.guest));
    running = startController(lab.world, ['watch', '--json', '--name', 'lab']);
    await until('as declared', () => remembered(lab.world).ready('lab') === 'true Converged', 120_000);
  });
  afterAll(async () => {
    await running.stop();
    await lab.world[Symbol.asyncDispose]();
  });

  it.each(handsOn(() => lab))('hears that $what, and repairs it', ({ by }) =>
    repaired(lab.world, by, 'vm.box'),
  );

  it('is not held up by a QEMU that hangs: all else is repaired as quickly as ever', async () => {
    const client = await lab.hold();
    try {
      await until(
        'it is not known',
        () => remembered(lab.world).ready('lab', 'vm.box') !== 'true Converged',
        90_000,
      );
      const last = remembered(lab.world).events().at(-1)?.id ?? 0;
      await lab.world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']);
      const mended = () =>
        remembered(lab.world)
          .events()
          .some(
            ({ id, subject, reason }) => id > last && subject === 'network.lan' && reason === 'Converged',
          );
      await until('the bridge is as declared', mended, soon);
    } finally {
      client.close();
    }
    await until('all is well', () => remembered(lab.world).ready('lab') === 'true Converged', 90_000);
  });
});
