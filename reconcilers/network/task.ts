import type { Host } from '../host/host.ts';
import type { Dependencies } from '../reconciler.ts';
import type { Place } from './place.ts';

/** What an act gets to work with. Acts read the host themselves: what the plan saw may be over. */
export interface Task {
  readonly host: Host;
  readonly place: Place;
  readonly deps: Dependencies;
  readonly signal: AbortSignal;
}
