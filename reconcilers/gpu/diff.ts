import type { Step } from '../reconciler.ts';

/** A device that is declared is refused when planning: there is nothing to do. */
export function diff(): readonly Step[] {
  return [];
}
