import { NovaError } from '../../schema/errors.ts';
import type { Job } from './converge.ts';
import { mediatedOf, wantedMediated } from './mediated.ts';

/** Has the drivers make the mediated devices that are missing. */
export async function makeMediated({ host, place, resource, seen, deps }: Job): Promise<void> {
  const wanted = resource && wantedMediated(resource, seen, deps);
  if (wanted === undefined)
    throw new NovaError('gpu.missing', `a device of ${place.address} is not there`, {
      hint: 'see what became of it: nova plan',
    });
  const { devices } = await host.view().pci();
  for (const part of wanted.values()) {
    const parent = devices.find(({ address }) => address === part.parent);
    const types = parent?.mdevTypes.map(({ type }) => type) ?? [];
    if (!types.includes(part.type)) {
      const message = `${part.parent} makes no mediated devices of the type ${part.type}`;
      const hint = types.length === 0 ? 'its driver makes none at all' : `it makes ${types.join(', ')}`;
      throw new NovaError('gpu.unsuitable', message, { hint });
    }
    await host.pci.mediate(part.parent, part);
  }
}

/** Those that are not its own any more go; without a resource, all of them. */
export async function returnMediated({ host, place, resource, seen, deps }: Job): Promise<void> {
  const wanted = resource === undefined ? undefined : wantedMediated(resource, seen, deps);
  const kept = new Set([...(wanted?.values() ?? [])].map(({ uuid }) => uuid));
  for (const { uuid, parent } of mediatedOf(place.identity, await host.view().pci()))
    if (!kept.has(uuid)) await host.pci.unmediate(parent, uuid);
}
