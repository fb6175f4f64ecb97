import type { Issue } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import { type Claim, claimConflicts } from '../../reconcilers/gpu/claims.ts';
import type { Dependencies } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import { desiredCards } from '../../reconcilers/vm/passed.ts';
import type { VmSeen } from '../../reconcilers/vm/seen.ts';
import type { LastSeen } from './dependencies.ts';
import type { PlannedResource } from './plan.ts';

type Planned = Pick<PlannedResource, 'address' | 'action' | 'steps' | 'problems'>;

/**
 * Pure: what is declared, as it is planned; a machine that would get a PCI device of another one's, or one that shares its
 * IOMMU group, is left as it is. Which device a declaration means is known only on the host, so that the language cannot
 * tell. Who has it already keeps it.
 */
export function withoutRivals<P extends Planned>(
  planned: readonly P[],
  manifest: Manifest,
  { deps, lastSeen }: { readonly deps: Dependencies; readonly lastSeen: LastSeen },
): readonly P[] {
  const machines = manifest.resources
    .filter((resource): resource is Resource<'vm'> => resource.kind === 'vm')
    .filter(({ spec }) => spec.gpu_passthrough !== undefined && spec.state !== 'stopped');
  if (machines.length === 0) return planned;
  const conflicts = claimConflicts(
    [
      ...machines.toSorted((one, other) => turn(lastSeen(one.address)) - turn(lastSeen(other.address))),
    ].flatMap((machine) => claimsOf(machine, lastSeen(machine.address), deps)),
  );
  const rivals = new Map([...claimed(machines, manifest, lastSeen, deps), ...conflicts]);
  const places = new Map(manifest.resources.map(({ address, at }) => [address, at]));
  return planned.map((resource) => {
    const problem = rivals.get(resource.address);
    if (problem === undefined || resource.problems.length > 0) return resource;
    const at = places.get(resource.address);
    const about = { resource: resource.address, path: ['gpu_passthrough'] };
    const told: Issue = { ...problem, about, ...(at && { at }) };
    return { ...resource, action: 'no-op', steps: [], problems: [told] };
  });
}

function turn(seen: unknown): number {
  return seen !== undefined && registry.vm.power?.(seen) === 'on' ? 0 : 1;
}

function claimsOf(machine: Resource<'vm'>, seen: unknown, deps: Dependencies): readonly Claim[] {
  const cards = desiredCards(machine, seen as VmSeen | undefined, deps) ?? [];
  return cards.flatMap(({ devices }) => devices.map((device) => ({ by: machine.address, device })));
}

/** The one suitable GPU is none that is declared: that is for whoever names it. */
function claimed(
  machines: readonly Resource<'vm'>[],
  manifest: Manifest,
  lastSeen: LastSeen,
  deps: Dependencies,
): ReadonlyMap<Address, Issue> {
  const declared = manifest.resources
    .filter(({ kind }) => kind === 'gpu')
    .flatMap(({ address, name }) =>
      (deps.gpu?.(name)?.card ?? []).map((device) => [device.address, address] as const),
    );
  const owners = new Map(declared);
  return new Map(
    machines.flatMap(({ address, spec }) => {
      const [one] =
        spec.gpu_passthrough === true ? ((lastSeen(address) as VmSeen | undefined)?.gpus?.one ?? []) : [];
      const owner = one && owners.get(one.address);
      if (one === undefined || owner === undefined) return [];
      const message = `the one suitable GPU for ${address} would be ${one.address}, which is ${owner}`;
      const hint = `name the one that is meant: gpu_passthrough = ["${owner.slice('gpu.'.length)}"]`;
      return [[address, { code: 'gpu.conflict', message, hint }] as const];
    }),
  );
}
