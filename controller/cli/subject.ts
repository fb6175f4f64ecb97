import { NovaError } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import { registry } from '../../reconcilers/registry.ts';

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

/** Those that are to be stopped or started, in the order given. @throws NovaError `reference.missing` */
export function runnableNamed(manifest: Manifest, addresses: readonly Address[]): readonly Resource[] {
  const runnable = manifest.resources.filter(({ kind }) => registry[kind].power !== undefined);
  return addresses.map((address) => {
    const found = runnable.find((resource) => resource.address === address);
    if (found !== undefined) return found;
    const declared = manifest.resources.some((resource) => resource.address === address);
    const names = runnable.map((resource) => resource.address).join(', ');
    throw new NovaError(
      'reference.missing',
      `${address} ${declared ? 'is nothing that runs' : 'is not declared'}`,
      {
        hint:
          names === ''
            ? 'the NovaFile declares nothing that runs'
            : `what can be stopped and started: ${names}`,
      },
    );
  });
}
