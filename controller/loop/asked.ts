import type { Address, Manifest } from '../../schema/manifest.ts';
import { registry } from '../../reconcilers/registry.ts';

/** Pure: which resources of a manifest are asked again, once they work, whether they still do. */
export function isAsked({ resources }: Manifest): (address: Address) => boolean {
  const asked = new Set(
    resources.filter(({ kind, spec }) => registry[kind].asks?.(spec) === true).map(({ address }) => address),
  );
  return (address) => asked.has(address);
}
