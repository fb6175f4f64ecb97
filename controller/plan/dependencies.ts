import type { Address, Kind, Manifest, Resource, SpecByKind } from '../../schema/manifest.ts';
import { currentIp as ipOfContainer } from '../../reconcilers/container/address.ts';
import { partsOf } from '../../reconcilers/gpu/parts.ts';
import { allocateAddresses } from '../../reconcilers/network/addresses.ts';
import { currentBridge } from '../../reconcilers/network/currentBridge.ts';
import type { Dependencies, Outputs } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import { currentIp as ipOfVm } from '../../reconcilers/vm/address.ts';

/** What was seen of a resource last; undefined when it is absent, or could not be read. */
export interface LastSeen {
  (address: Address): unknown;
  /** Everything that is there: also what leaves a network, or goes, has its address on it until then. */
  readonly others?: readonly unknown[];
}

/**
 * What reconcilers may know about the rest of the project. Addresses on networks are dealt out once, so that a run
 * and its plan agree; outputs follow what was seen last.
 */
export function dependenciesOf(manifest: Manifest, lastSeen: LastSeen): Dependencies {
  const byAddress = new Map<Address, Resource>(
    manifest.resources.map((resource) => [resource.address, resource]),
  );
  const addresses = dealAddresses(manifest, lastSeen);
  const members = Map.groupBy(membersIn(manifest), ({ spec }) => spec.network?.name);
  // Members may still be seen on it under the name that it had.
  const bridges = new Map(
    ofKind(manifest, 'network').map(({ name, address }) => [name, currentBridge(lastSeen(address))]),
  );
  const dependencies: Dependencies = {
    spec: <K extends Kind>(kind: K, name: string) => {
      const resource = byAddress.get(`${kind}.${name}`);
      return resource === undefined ? undefined : (resource.spec as SpecByKind[K]);
    },
    outputs: (address): Outputs | undefined => {
      const resource = byAddress.get(address);
      return resource && registry[resource.kind].outputs(resource, lastSeen(address), dependencies);
    },
    ip: (address) => addresses.get(address),
    members: (network) => members.get(network) ?? [],
    gpu: (name) => {
      const resource = byAddress.get(`gpu.${name}`) as Resource<'gpu'> | undefined;
      return partsOf(lastSeen(`gpu.${name}`), resource);
    },
    bridges: (network) => {
      const now = currentBridge(lastSeen(`network.${network}`));
      const before = bridges.get(network);
      return [before, now].filter((name) => name !== undefined);
    },
  };
  return dependencies;
}

function dealAddresses(manifest: Manifest, lastSeen: LastSeen): ReadonlyMap<Address, string> {
  const dealt = new Map<Address, string>();
  const others = (lastSeen.others ?? []).flatMap((seen) => ipOfContainer(seen) ?? ipOfVm(seen) ?? []);
  for (const network of ofKind(manifest, 'network')) {
    if (network.spec.subnet === undefined) continue;
    const members = membersIn(manifest)
      .filter(({ spec }) => spec.network?.name === network.name)
      .map(({ address, kind, spec }) => {
        const current = (kind === 'vm' ? ipOfVm : ipOfContainer)(lastSeen(address));
        return {
          address,
          ...(spec.network?.ip === undefined ? {} : { wanted: spec.network.ip }),
          ...(current === undefined ? {} : { current }),
        };
      });
    for (const [address, ip] of allocateAddresses(network.spec, members, others)) dealt.set(address, ip);
  }
  return dealt;
}

function membersIn(manifest: Manifest): readonly (Resource<'container'> | Resource<'vm'>)[] {
  return [...ofKind(manifest, 'container'), ...ofKind(manifest, 'vm')];
}

function ofKind<K extends Kind>(manifest: Manifest, kind: K): readonly Resource<K>[] {
  return manifest.resources.filter((resource): resource is Resource<K> => resource.kind === kind);
}
