import type { Address } from '../../schema/manifest.ts';
import type { Owner, StateReader } from '../../stateStore/stateStore.ts';

/**
 * What a revision made that did not become good, and nobody else applied: the next one may mend it, or take it away.
 * @param agreed what is in the last good generation, by address; undefined when there is none
 * @param rejected addresses of the generation that was rolled back
 */
export function neverGood(
  reader: StateReader,
  owner: Owner,
  agreed: ReadonlyMap<Address, unknown> | undefined,
  rejected: ReadonlySet<Address>,
): ReadonlySet<Address> {
  if (agreed === undefined && reader.generations(owner, 1).length > 0) return rejected;
  const made = reader.inventory(owner).map(({ address }) => address);
  return new Set([...rejected, ...made.filter((address) => agreed?.has(address) !== true)]);
}
