import type { Observation } from '../../reconcilers/reconciler.ts';
import type { LastSeen } from './dependencies.ts';
import type { Survey } from './survey.ts';

/** What a survey saw of resources: those that are declared, and those that one of them replaces. */
export function lastSeenIn({ wanted, strays, replaced }: Survey): LastSeen {
  const others = [...(replaced?.keys() ?? [])].map((address) => strays.get(address)?.seen);
  return Object.assign((address: Parameters<LastSeen>[0]) => seenOf(wanted.get(address)), {
    others: others.filter((seen) => seen !== undefined),
  });
}

export function seenOf(observation: Observation<unknown> | undefined): unknown {
  return observation !== undefined && 'seen' in observation ? observation.seen : undefined;
}
