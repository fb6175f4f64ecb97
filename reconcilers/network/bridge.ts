import { NovaError } from '../../schema/errors.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { LinkCommand } from '../host/host.ts';
import { setAddress } from './addresses/bridgeAddress.ts';
import { addRules } from './rules/filter.ts';
import { findBridge } from './findParts.ts';
import { linkNamed } from './linkIndex.ts';
import { macByPorts } from './uplinks/lookAtUplinks.ts';
import { isAdopted } from './place.ts';
import type { Task } from './task.ts';

/**
 * Makes the bridge under its temporary name, marks it, and only then gives it its own; one that got stuck in between
 * with its mark is finished.
 */
export async function createBridge(task: Task, spec: NetworkSpec): Promise<void> {
  const { host, place } = task;
  const links = await host.view().links();
  if (findBridge(links, place) !== undefined) return setBridge(task, spec);
  if (linkNamed(links, place.bridge) !== undefined) {
    throw new NovaError(
      'host.foreign',
      `${place.address}: a link ${place.bridge} has appeared that is not Nova's`,
      {
        hint: 'give one of them another name',
      },
    );
  }
  const { temporary, mark } = place;
  const mac = macByPorts(spec, links) ?? place.mac;
  await host.links.change([
    { argv: ['link', 'delete', 'dev', temporary], tolerate: 'absent' },
    { argv: ['link', 'add', 'name', temporary, 'type', 'bridge'] },
    { argv: ['link', 'set', 'dev', temporary, 'alias', mark] },
    { argv: ['link', 'set', 'dev', temporary, 'address', mac] },
    ...setMtu(temporary, spec.mtu),
    ...setStp(temporary, spec.stp === true, false),
  ]);
  await host.links.change([
    { argv: ['link', 'set', 'dev', temporary, 'name', place.bridge] },
    { argv: ['link', 'set', 'dev', place.bridge, 'up'] },
  ]);
}

/** Name, MAC, MTU and state as they should be. */
export async function setBridge(task: Task, spec: NetworkSpec): Promise<void> {
  const { host, place } = task;
  const links = await host.view().links();
  const link = findBridge(links, place);
  if (link === undefined) return;
  const mac = macByPorts(spec, links) ?? place.mac;
  const renamed = link.name !== place.bridge;
  if (renamed) await rename(task, spec, link.name);
  const commands: readonly LinkCommand[] = [
    ...(link.mac === mac || isAdopted(link.alias)
      ? []
      : [{ argv: ['link', 'set', 'dev', place.bridge, 'address', mac] }]),
    // One that was cut off under its temporary name may have the MTU without having been given it.
    ...(link.mtu === spec.mtu && !renamed ? [] : setMtu(place.bridge, spec.mtu)),
    ...setStp(place.bridge, spec.stp === true, link.stp === true),
    ...(link.up && !renamed ? [] : [{ argv: ['link', 'set', 'dev', place.bridge, 'up'] }]),
  ];
  if (commands.length > 0) await host.links.change(commands);
  // One that was down for a moment has lost its IPv6 addresses.
  if (renamed) await setAddress(task, spec);
}

/** Its members notice nothing, but on kernels before 6.2, which rename only what is down for that moment. */
async function rename(task: Task, spec: NetworkSpec, name: string): Promise<void> {
  const { host, place } = task;
  await addRules(task, spec);
  const naming: LinkCommand = { argv: ['link', 'set', 'dev', name, 'name', place.bridge] };
  try {
    await host.links.change([naming]);
  } catch (error) {
    if (!(error instanceof NovaError) || !/busy/i.test(error.message)) throw error;
    await host.links.change([{ argv: ['link', 'set', 'dev', name, 'down'] }, naming]);
  }
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
  if (linkNamed(links, place.temporary) === undefined) return;
  if (findBridge(links, place)?.name === place.temporary) return;
  await host.links.change([{ argv: ['link', 'delete', 'dev', place.temporary], tolerate: 'absent' }]);
}

function setStp(link: string, wanted: boolean, current: boolean): readonly LinkCommand[] {
  if (wanted === current) return [];
  return [{ argv: ['link', 'set', 'dev', link, 'type', 'bridge', 'stp_state', wanted ? '1' : '0'] }];
}

/**
 * A bridge follows the smallest MTU of its ports until its own was set (Linux, br_change_mtu), and setting what it has
 * already does not count: so there is a detour.
 */
function setMtu(link: string, mtu: number): readonly LinkCommand[] {
  const detour = mtu === 1500 ? 1499 : 1500;
  return [detour, mtu].map((value) => ({ argv: ['link', 'set', 'dev', link, 'mtu', String(value)] }));
}
