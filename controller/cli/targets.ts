import { NovaError } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';

/** A table with `for_each` stands for all that it makes. */
export function throughGroups(manifest: Manifest, addresses: readonly Address[]): readonly Address[] {
  const groups = Map.groupBy(manifest.resources, ({ each }) => each?.of);
  return addresses.flatMap(
    (address) => groups.get(address)?.map((resource) => resource.address) ?? [address],
  );
}

/**
 * A target that is not declared may still be owned and is then deleted, so that only a name in which nothing of the
 * project can be meant is refused.
 * @throws NovaError `reference.missing`
 */
export function checkTargets(manifest: Manifest, targets: readonly Address[] | undefined): void {
  const known = new Set(manifest.resources.map(({ address }) => address));
  const missing = throughGroups(manifest, targets ?? []).filter((target) => !known.has(target));
  if (missing.length === 0) return;
  throw new NovaError(
    'reference.missing',
    `--target: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not declared`,
    {
      hint: known.size === 0 ? 'the NovaFile declares nothing' : `declared are ${[...known].join(', ')}`,
    },
  );
}
