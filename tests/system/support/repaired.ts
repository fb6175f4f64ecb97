import { expect } from 'vitest';

import { remembered, until } from './controller.ts';
import type { World } from './world.ts';

/** ms; what only a look once a minute would find is not found by then */
export const soon = 30_000;

/** Waits until what was done to a resource is noticed and undone. */
export async function repaired(world: World, by: () => Promise<unknown>, address: string): Promise<void> {
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
