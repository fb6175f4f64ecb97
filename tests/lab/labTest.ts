import { afterAll, inject, type TestContext, test } from 'vitest';

import { connectLab, type Lab } from './connectLab.ts';
import { isSkipped } from './globalSetup.ts';
import type { Topology } from './machine/topology.ts';
import { createPlace, type Place } from './place.ts';
import { startLab } from './startLab.ts';
import { createLabWorld, type LabWorld } from './world.ts';

/** What a test in the lab may ask for by name. */
interface Fixtures {
  /** The lab that all tests share. */
  readonly lab: Lab;
  /** A network namespace, a control group and a folder of this test's own. */
  readonly place: Place;
  /** A host for Nova of this test's own. */
  readonly world: LabWorld;
  /** Boots a lab for this test alone. */
  readonly fresh: (topology?: Topology) => Promise<Lab>;
}

const withFixtures = test.extend<Fixtures>({
  lab: async ({ task }, use) => {
    using lab = connectLab(inject('lab'));
    await use(lab);
    if (hasFailed(task)) await tellConsole(lab);
  },
  place: async ({ lab }, use) => {
    await using place = await createPlace(lab);
    await use(place);
  },
  world: async ({ lab }, use) => {
    await using world = await createLabWorld(lab);
    await use(world);
  },
  fresh: async ({ task }, use) => {
    await using labs = createLabs();
    await use(labs.start);
    if (hasFailed(task)) await labs.tellConsoles();
  },
});

/** A test in the lab. What it is given is made for it, and is gone after it, also when it fails. */
export const labTest = isSkipped ? withFixtures.skip : withFixtures;

/**
 * For tests of a `describe` that share what they have made before the first of them: keeps the console as `labTest` does.
 * @param connect to a lab of their own; to be called after the hook that lets go of it, as the last hook runs first
 */
export function keepConsoleOnFailure(connect = (): Lab | undefined => connectLab(inject('lab'))): void {
  // oxlint-disable-next-line no-empty-pattern -- vitest reads what is asked for by name from here
  afterAll(async ({}, suite) => {
    if (![suite, ...suite.tasks].some(hasFailed)) return;
    using lab = connect();
    if (lab !== undefined) await tellConsole(lab);
  });
}

/** Labs that are started one by one, and go together. */
export function createLabs() {
  const own = new AsyncDisposableStack();
  const labs: Lab[] = [];
  return {
    start: async (topology?: Topology): Promise<Lab> => {
      const lab = own.adopt(connectLab(own.use(await startLab(topology)).socket), async (each) =>
        each[Symbol.dispose](),
      );
      labs.push(lab);
      return lab;
    },
    tellConsoles: async () => {
      for (const lab of labs) await tellConsole(lab);
    },
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  };
}

function hasFailed({ result }: Pick<TestContext['task'], 'result'>): boolean {
  return result?.state === 'fail';
}

async function tellConsole(lab: Lab): Promise<void> {
  process.stderr.write(`the lab's console is kept in ${await lab.keepConsole()}\n`);
}
