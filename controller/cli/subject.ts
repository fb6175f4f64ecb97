import { NovaError } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import { registry } from '../../reconcilers/registry.ts';
import { throughGroups } from './targets.ts';

const plain = { container: 'container', vm: 'virtual machine' } as const;

/** @throws NovaError `reference.missing` when the NovaFile declares no such thing of that kind */
export function resourceNamed<K extends keyof typeof plain>(
  manifest: Manifest,
  kind: K,
  address: Address | undefined,
): Resource<K> {
  const candidates = manifest.resources.filter((resource): resource is Resource<K> => resource.kind === kind);
  const found = candidates.find((resource) => resource.address === address);
  if (found !== undefined) return found;
  const names = candidates.map(({ name }) => name).join(', ');
  throw new NovaError('reference.missing', `${address ?? 'it'} is not declared`, {
    hint: names === '' ? `the NovaFile declares no ${plain[kind]}` : `declared are ${names}`,
  });
}

/** Those that are to be stopped or started, in the order given. @throws NovaError `reference.missing` */
export function runnableNamed(manifest: Manifest, addresses: readonly Address[]): readonly Resource[] {
  const runnable = manifest.resources.filter(({ kind }) => registry[kind].power !== undefined);
  return throughGroups(manifest, addresses).map((address) => {
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
