import { NovaError } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';

/** @throws NovaError `reference.missing` when the NovaFile declares no such container */
export function containerNamed(manifest: Manifest, address: Address | undefined): Resource<'container'> {
  const containers = manifest.resources.filter(
    (resource): resource is Resource<'container'> => resource.kind === 'container',
  );
  const found = containers.find((resource) => resource.address === address);
  if (found !== undefined) return found;
  const names = containers.map(({ name }) => name).join(', ');
  throw new NovaError('reference.missing', `${address ?? 'it'} is not declared`, {
    hint: names === '' ? 'the NovaFile declares no container' : `declared are ${names}`,
  });
}
