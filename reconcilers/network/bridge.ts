import { NovaError } from '../../schema/errors.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { LinkCommand } from '../host/host.ts';
import { findBridge } from './findParts.ts';
import type { Task } from './task.ts';

/**
 * Makes the bridge under its temporary name, marks it, and only then gives it its own; one that got stuck in between
 * with its mark is finished.
 */
export async function createBridge(task: Task, spec: NetworkSpec): Promise<void> {
  const { host, place } = task;
  const links = await host.view().links();
  if (findBridge(links, place) !== undefined) return setBridge(task, spec);
  if (links.some(({ name }) => name === place.bridge)) {
    throw new NovaError(
      'host.foreign',
      `${place.address}: a link ${place.bridge} has appeared that is not Nova's`,
      {
        hint: 'give one of them another name',
      },
    );
  }
  const { temporary, mark, mac } = place;
  await host.links.change([
    { argv: ['link', 'delete', 'dev', temporary], tolerate: 'absent' },
    { argv: ['link', 'add', 'name', temporary, 'type', 'bridge'] },
    { argv: ['link', 'set', 'dev', temporary, 'alias', mark] },
    { argv: ['link', 'set', 'dev', temporary, 'address', mac] },
    ...setMtu(temporary, spec.mtu),
  ]);
  await host.links.change([
    { argv: ['link', 'set', 'dev', temporary, 'name', place.bridge] },
    { argv: ['link', 'set', 'dev', place.bridge, 'up'] },
  ]);
}

/** Name, MAC, MTU and state as they should be. */
export async function setBridge({ host, place }: Task, spec: NetworkSpec): Promise<void> {
  const link = findBridge(await host.view().links(), place);
  if (link === undefined) return;
  const renamed = link.name !== place.bridge;
  const commands: readonly LinkCommand[] = [
    // Kernels before 6.2 rename only what is down.
    ...(renamed ? [{ argv: ['link', 'set', 'dev', link.name, 'down'] }] : []),
    ...(renamed ? [{ argv: ['link', 'set', 'dev', link.name, 'name', place.bridge] }] : []),
    ...(link.mac === place.mac ? [] : [{ argv: ['link', 'set', 'dev', place.bridge, 'address', place.mac] }]),
    // One that was cut off under its temporary name may have the MTU without having been given it.
    ...(link.mtu === spec.mtu && !renamed ? [] : setMtu(place.bridge, spec.mtu)),
    ...(link.up && !renamed ? [] : [{ argv: ['link', 'set', 'dev', place.bridge, 'up'] }]),
  ];
  if (commands.length > 0) await host.links.change(commands);
}

/** Exactly the address of the spec. */
export async function setAddress({ host, place }: Task, { subnet }: NetworkSpec): Promise<void> {
  const link = findBridge(await host.view().links(), place);
  if (link === undefined) return;
  const here = link.addresses.map(({ ip, prefix }) => `${ip}/${prefix}`);
  const surplus = here.filter((address) => address !== subnet);
  if (surplus.length === 0 && here.length === (subnet === undefined ? 0 : 1)) return;
  const add: readonly LinkCommand[] =
    subnet === undefined ? [] : [{ argv: ['address', 'add', subnet, 'dev', link.name], tolerate: 'exists' }];
  await host.links.change([
    ...add,
    ...surplus.map((address) => ({
      argv: ['address', 'delete', address, 'dev', link.name],
      tolerate: 'absent' as const,
    })),
    // The first address of a subnet takes the others of it along when it goes.
    ...(surplus.length === 0 ? [] : add),
  ]);
}

export async function removeBridge(task: Task): Promise<void> {
  const { host, place } = task;
  const link = findBridge(await host.view().links(), place);
  if (link !== undefined)
    await host.links.change([{ argv: ['link', 'delete', 'dev', link.name], tolerate: 'absent' }]);
}

/** The link under the temporary name, unless that is the bridge itself, which only lacks its name. */
export async function removeUnfinished({ host, place }: Task): Promise<void> {
  const links = await host.view().links();
  if (!links.some(({ name }) => name === place.temporary)) return;
  if (findBridge(links, place)?.name === place.temporary) return;
  await host.links.change([{ argv: ['link', 'delete', 'dev', place.temporary], tolerate: 'absent' }]);
}

/**
 * A bridge follows the smallest MTU of its ports until its own was set (Linux, br_change_mtu), and setting what it has
 * already does not count: so there is a detour.
 */
function setMtu(link: string, mtu: number): readonly LinkCommand[] {
  const detour = mtu === 1500 ? 1499 : 1500;
  return [detour, mtu].map((value) => ({ argv: ['link', 'set', 'dev', link, 'mtu', String(value)] }));
}
