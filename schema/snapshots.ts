import { z } from 'zod';

import { key } from './key.ts';
import { period } from './values.ts';

/** When snapshots are taken by themselves, and how many stay. */
export const snapshots = z
  .strictObject({
    every: key(period, {
      what: 'The time between two of them: a minute to a year.',
      unit: 'seconds',
      example: 'snapshots = { every = "1d", keep = 7 }',
    }),
    keep: key(z.int().min(1).max(1000), {
      what: 'How many stay; older ones are deleted: 1 to 1000.',
      example: 'snapshots = { every = "1d", keep = 7 }',
    }),
  })
  .readonly();
