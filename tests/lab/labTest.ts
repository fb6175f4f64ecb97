import { inject, test } from 'vitest';

import { connectLab, type Lab } from './connectLab.ts';
import { createPlace, type Place } from './place.ts';
import { createLabWorld, type LabWorld } from './world.ts';

/** What a test in the lab may ask for by name. */
interface Fixtures {
  /** The lab that all tests share. */
  readonly lab: Lab;
  /** A network namespace, a control group and a folder of this test's own. */
  readonly place: Place;
  /** A host for Nova of this test's own. */
  readonly world: LabWorld;
}

const withFixtures = test.extend<Fixtures>({
  lab: async ({ onTestFailed }, use) => {
    using lab = connectLab(inject('lab'));
    onTestFailed(async () => {
      using again = connectLab(inject('lab'));
      process.stderr.write(`the lab's console is kept in ${await again.keepConsole()}\n`);
    });
    await use(lab);
  },
  place: async ({ lab }, use) => {
    await using place = await createPlace(lab);
    await use(place);
  },
  world: async ({ lab }, use) => {
    await using world = await createLabWorld(lab);
    await use(world);
  },
});

/** A test in the lab. What it is given is made for it, and is gone after it, also when it fails. */
export const labTest = process.env['NOVA_SKIP_LAB'] === '1' ? withFixtures.skip : withFixtures;
