import { createHash } from 'node:crypto';

import { canonicalFolder } from '../folders.ts';

/** Where the controller of a state folder is reached: there is one at a time. */
export interface ControlPlace {
  readonly socket: string;
  readonly lock: string;
}

export function controlPlace(stateDirectory: string): ControlPlace {
  const id = createHash('sha256').update(canonicalFolder(stateDirectory)).digest('hex').slice(0, 8);
  return { socket: `/run/nova/control-${id}.sock`, lock: `/run/nova/control-${id}.lock` };
}
