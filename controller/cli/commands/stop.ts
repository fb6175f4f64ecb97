import { stopResource } from '../../apply/power.ts';
import type { Invocation } from '../main.ts';
import { changePower, type PowerDone, type PowerWork } from '../power.ts';

/**
 * Stops what is named, now. The NovaFile still declares it as running: that it does not is drift, class `stopped`, until
 * somebody starts it or applies.
 */
export function stop(invocation: Invocation): Promise<number> {
  return changePower(invocation, [stopping]);
}

export const stopping: PowerWork = {
  did: 'stop',
  act: async (place, powered): Promise<PowerDone> => {
    const { address } = powered.resource;
    const changed = await stopResource(place, powered);
    if (!changed) return { changed, message: `${address} does not run; nothing was done.` };
    const until = `It stays so until \`nova start ${address}\` or the next \`nova apply\`, whatever its restart policy says.`;
    return { changed, message: `${address} is stopped. ${until}` };
  },
};
