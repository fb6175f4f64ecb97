import type { Resource } from '../../schema/manifest.ts';
import { openHere, taken } from '../gpu/elsewhere.ts';
import { lockingProblems } from '../gpu/memory.ts';
import type { HostView } from '../host/host.ts';
import type { Obstacle } from '../reconciler.ts';
import { mediatedProblems } from './mediated.ts';
import type { GpusSeen } from './seen.ts';

/** Why a machine cannot have the devices that are declared for it. */
export async function deviceProblems(
  view: HostView,
  {
    resource,
    all,
    gpus,
  }: {
    readonly resource: Resource<'vm'>;
    readonly all: readonly Resource<'vm'>[];
    readonly gpus: GpusSeen | undefined;
  },
): Promise<readonly Obstacle[]> {
  if (gpus === undefined || !locks(resource)) return [];
  const path = ['gpu_passthrough'];
  const { none, one } = gpus;
  if (none !== undefined) return [{ ...none, path }];
  const pci = await view.pci();
  const machines = all.filter(locks).map(({ address, spec: { memory } }) => ({ address, memory }));
  const memory = lockingProblems(machines, pci.platform).get(resource.address);
  const addresses = one.map(({ address }) => address);
  const found = [...(await taken(view, resource, addresses)), ...(await openHere(view, pci, addresses))];
  return [
    ...mediatedProblems(resource, gpus.made, pci),
    ...found.map((issue) => ({ ...issue, path })),
    ...(memory === undefined ? [] : [{ ...memory, path: ['memory'] }]),
  ];
}

/** A device of the host's may write to all of a machine's memory, so that it has to stay where it is. */
function locks({ spec: { gpu_passthrough: wanted, state } }: Resource<'vm'>): boolean {
  return state !== 'stopped' && wanted !== undefined && (wanted === true || wanted.length > 0);
}
