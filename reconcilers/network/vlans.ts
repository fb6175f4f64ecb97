import { createHash } from 'node:crypto';

import type { NetworkSpec } from '../../schema/network.ts';
import type { LinkCommand } from '../host/host.ts';
import type { Link } from '../host/view.ts';
import { isMarkOf, linkName, parseMark } from '../identity.ts';
import { findBridge } from './findParts.ts';
import { linksOfKind } from './linkIndex.ts';
import type { Place } from './place.ts';
import type { Task } from './task.ts';

/** One VLAN of an interface, which is a port in the interface's place. */
export interface VlanSeen {
  readonly name: string;
  /** The interface. */
  readonly over: string;
  readonly id: number;
  readonly master: string | undefined;
  readonly up: boolean;
  /** bytes */
  readonly mtu: number;
}

/** Interfaces of whose VLAN the bridge has a port. */
export function tagged({ interfaces = [], vlan }: NetworkSpec): readonly string[] {
  return vlan === undefined ? [] : interfaces;
}

/** Those that bear the network's mark. */
export function findVlans(links: readonly Link[], place: Place): readonly VlanSeen[] {
  return linksOfKind(links, 'vlan')
    .filter(({ alias }) => isMarkOf(alias, place))
    .map(({ name, over = '', vlan = 0, master, up, mtu }) => ({ name, over, id: vlan, master, up, mtu }));
}

/** Every interface has its VLAN on the bridge, and there are no others; without a spec, none. */
export async function setVlans({ host, place }: Task, spec: NetworkSpec | undefined): Promise<void> {
  const links = await host.view().links();
  const bridge = findBridge(links, place)?.name;
  await takeOver({ host, place }, links, bridge, spec);
  const found = findVlans(await host.view().links(), place);
  const wanted = spec === undefined || bridge === undefined ? [] : tagged(spec);
  const kept = found.filter(({ over, id }) => wanted.includes(over) && id === spec?.vlan);
  const gone = found.filter((each) => !kept.includes(each));
  const commands = [
    ...gone.map(({ name }): LinkCommand => ({ argv: ['link', 'delete', 'dev', name], tolerate: 'absent' })),
    ...wanted.flatMap((over): readonly LinkCommand[] => {
      if (spec?.vlan === undefined || bridge === undefined) return [];
      const there = kept.find((each) => each.over === over);
      const name = vlanName(place, over);
      const placing = { argv: ['link', 'set', 'dev', name, 'mtu', String(spec.mtu), 'master', bridge, 'up'] };
      const parent = links.find((link) => link.name === over);
      const wake = parent?.up === true ? [] : [{ argv: ['link', 'set', 'dev', over, 'up'] }];
      const naming = there === undefined || there.name === name ? [] : [renamed(there.name, name)];
      return [...wake, ...(there === undefined ? making(place, over, spec.vlan, name) : naming), placing];
    }),
  ];
  if (commands.length > 0) await host.links.change(commands);
}

/** Those that are ports of the bridge already and bear nobody's mark come with it. */
async function takeOver(
  { host, place }: Pick<Task, 'host' | 'place'>,
  links: readonly Link[],
  bridge: string | undefined,
  spec: NetworkSpec | undefined,
): Promise<void> {
  const nobodys = links.filter(
    ({ kind, alias, over = '', vlan, master }) =>
      kind === 'vlan' &&
      parseMark(alias) === undefined &&
      vlan === spec?.vlan &&
      spec !== undefined &&
      tagged(spec).includes(over) &&
      master !== undefined &&
      master === bridge,
  );
  await host.links.change(
    nobodys.map(({ name }) => ({ argv: ['link', 'set', 'dev', name, 'alias', place.mark] })),
  );
}

/** The name of the link that is the VLAN of an interface. */
export function vlanName({ mac, scope }: Place, over: string): string {
  const hash = createHash('sha256').update(`${scope.id}/${mac}/${over}`).digest('hex');
  return linkName(hash);
}

/** The mark comes before the name, as that of a bridge does. */
function making(place: Place, over: string, id: number, name: string): readonly LinkCommand[] {
  const { temporary, mark } = place;
  return [
    { argv: ['link', 'delete', 'dev', temporary], tolerate: 'absent' },
    { argv: ['link', 'add', 'link', over, 'name', temporary, 'type', 'vlan', 'id', String(id)] },
    { argv: ['link', 'set', 'dev', temporary, 'alias', mark] },
    renamed(temporary, name),
  ];
}

function renamed(from: string, to: string): LinkCommand {
  return { argv: ['link', 'set', 'dev', from, 'name', to] };
}
