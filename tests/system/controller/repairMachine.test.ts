import { afterAll, beforeAll, describe, it } from 'vitest';

import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { repaired, soon } from '../support/repaired.ts';
import { handsOn } from '../vm/hands.ts';
import { createLab, type Lab, novaFile } from '../vm/lab.ts';

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
