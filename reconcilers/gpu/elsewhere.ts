import type { Address, Resource } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import type { Mark } from '../identity.ts';
import type { PciDevice, PciHost } from '../host/pci/model.ts';
import type { Obstacle } from '../reconciler.ts';
import { functionsOf } from './diff.ts';
import { leavesGroup } from './group.ts';
import { vfio } from './handOver.ts';
import { byHandProject, takenByOthers } from './record.ts';
import type { GpuSeen } from './seen.ts';

/** Why devices cannot be taken or let go of now, as far as others have them. */
export async function elsewhere(
  view: HostView,
  pci: PciHost,
  { resource, seen }: { readonly resource: Resource<'gpu'>; readonly seen: GpuSeen },
): Promise<readonly Obstacle[]> {
  // Its functions are for whoever names them.
  const addresses = seen.slot.map(({ address }) => address);
  return [
    ...(await taken(view, resource, addresses)),
    ...(await inUse(view, leaving(pci, resource, seen))),
    ...(resource.spec.driver === vfio ? await openHere(view, pci, addresses) : []),
  ];
}

/** Something else has it, of this project or another. */
export async function taken(
  view: HostView,
  by: { readonly address: Address },
  addresses: readonly string[],
): Promise<readonly Obstacle[]> {
  const others = await takenByOthers(view, by);
  return addresses.flatMap((address): readonly Obstacle[] => {
    const mark = others.get(address);
    if (mark === undefined) return [];
    const message = `${address} is taken by ${ownerOf(view, mark)}`;
    const hint = 'leave it to one of the two; it is free when the other one is gone';
    return [{ code: 'gpu.conflict', message, hint }];
  });
}

function ownerOf(view: HostView, { project, scope, address }: Mark): string {
  if (project === byHandProject) return '`nova gpu bind`';
  if (scope !== view.scope.id) return `${address} of project ${project} of scope ${scope}`;
  return project === view.project ? address : `${address} of project ${project}`;
}

/** Devices that would have to leave whoever has them open: the kernel would wait for the program, for ever perhaps. */
function leaving(
  { devices }: PciHost,
  { spec }: Resource<'gpu'>,
  { slot, functions, split, others, record, device }: GpuSeen,
): readonly PciDevice[] {
  const count = functionsOf(spec, { record, device });
  const splits = count !== undefined && split !== undefined && split.count !== count;
  const going = [...(splits ? functions : []), ...(spec.driver === 'host' ? slot : []), ...others];
  return devices.filter(
    ({ address, driver }) => driver === vfio && going.some((each) => each.address === address),
  );
}

/** Programs of the host that have devices open which are to be handed over: their drivers do not leave them before those end. */
export function openHere(
  view: HostView,
  { devices }: PciHost,
  addresses: readonly string[],
): Promise<readonly Obstacle[]> {
  return inUse(
    view,
    devices.filter((device) => addresses.includes(device.address) && !leavesGroup(device)),
  );
}

async function inUse(view: HostView, devices: readonly PciDevice[]): Promise<readonly Obstacle[]> {
  const nodes = devices.flatMap(({ address, nodes }) => nodes.map((node) => [address, node] as const));
  const found = await Promise.all(
    nodes.map(async ([address, node]): Promise<readonly Obstacle[]> => {
      const [holder] = await view.holders(node);
      if (holder === undefined) return [];
      const message = `${address} is in use by process ${holder.pid} (${holder.command})`;
      return [{ code: 'gpu.busy', message, hint: 'stop what uses it, then plan again' }];
    }),
  );
  return found.flat();
}
