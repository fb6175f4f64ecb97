import type { Placed } from './seen.ts';

/**
 * The IPv4 address that a machine has now: the one that is reserved for it. Undefined when it has none, or was not
 * seen.
 * @param seen what `observe` found of a vm
 */
export function currentIp(seen: unknown): string | undefined {
  return hasAddress(seen) ? seen.reservations[0]?.text.trim().split(',')[1] : undefined;
}

interface Addressed {
  readonly reservations: readonly Placed[];
}

function hasAddress(seen: unknown): seen is Addressed {
  return typeof seen === 'object' && seen !== null && 'reservations' in seen;
}
