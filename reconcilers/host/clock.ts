import { setTimeout as wait } from 'node:timers/promises';

import { NovaError } from '../../schema/errors.ts';
import type { Clock } from './host.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await wait(ms, undefined, { signal });
    } catch (cause) {
      throw new NovaError('interrupted', 'interrupted while waiting', {
        hint: 'run the same command again',
        cause,
      });
    }
  },
};
