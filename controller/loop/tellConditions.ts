import { conditionsOf, type Situation } from './conditions.ts';
import { outcomeEvent, stallEvents } from './happenings.ts';
import type { Recorder } from './recorder.ts';

/** Says how a source and all that is in it stand: what changed of it is written down, and the first trouble is an event. */
export function tellConditions(recorder: Recorder, situation: Situation): void {
  const conditions = conditionsOf(situation);
  const decided = conditions.some(
    ({ subject, type, status }) => subject === '' && status && type !== 'Reconciling',
  );
  if (decided) recorder.set({ observedRevision: recorder.row.revision });
  const [first] = situation.trouble;
  if (first !== undefined) recorder.event(outcomeEvent(undefined, first));
  else for (const event of stallEvents(conditions)) recorder.event(event);
  recorder.publish(conditions);
}
