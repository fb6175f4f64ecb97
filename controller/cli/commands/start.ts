import { refuseStart, startResource } from '../../apply/power.ts';
import type { Invocation } from '../main.ts';
import { changePower, type PowerWork } from '../power.ts';
import { stopping } from './stop.ts';

/** Starts what is named, as the NovaFile says it, and waits until it is ready. */
export function start(invocation: Invocation): Promise<number> {
  return changePower(invocation, [starting]);
}

/** Stops and starts what is named. What could not be started is not stopped. */
export function restart(invocation: Invocation): Promise<number> {
  return changePower(invocation, [{ ...stopping, check: refuseStart }, starting]);
}

const starting: PowerWork = {
  did: 'start',
  check: refuseStart,
  act: async (place, powered, run) => {
    const { address } = powered.resource;
    const changed = await startResource(place, powered, run);
    return {
      changed,
      message: changed ? `${address} is started and ready.` : `${address} runs already; nothing was done.`,
    };
  },
};
