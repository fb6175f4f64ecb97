import { type MemberAddresses, reservedAddresses } from '../network/dnsmasq/memberRecord.ts';
import type { Placed } from './seen.ts';

/**
 * The addresses that a machine has now: those that are reserved for it. Undefined when it has none, or was not seen.
 * @param seen what `observe` found of a vm
 */
export function currentAddresses(seen: unknown): MemberAddresses {
  return hasAddress(seen) ? reservedAddresses(seen.reservations[0]?.text) : { ip: undefined, ip6: undefined };
}

interface Addressed {
  readonly reservations: readonly Placed[];
}

function hasAddress(seen: unknown): seen is Addressed {
  return typeof seen === 'object' && seen !== null && 'reservations' in seen;
}
