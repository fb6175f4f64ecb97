import type { Observation } from '../../reconcilers/reconciler.ts';
import type { LastSeen } from './dependencies.ts';
import type { Survey } from './survey.ts';

/** What a survey saw of resources: those that are declared, and what goes sooner or later. */
export function lastSeenIn({ wanted, strays }: Survey): LastSeen {
  const all = [...[...wanted.values()].map(seenOf), ...[...strays.values()].map(({ seen }) => seen)];
  return Object.assign((address: Parameters<LastSeen>[0]) => seenOf(wanted.get(address)), {
    others: all.filter((seen) => seen !== undefined),
  });
}

export function seenOf(observation: Observation<unknown> | undefined): unknown {
  return observation !== undefined && 'seen' in observation ? observation.seen : undefined;
}
