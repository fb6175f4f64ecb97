import type { LinkCommand } from '../host/host.ts';
import type { Link } from '../host/view.ts';
import { linkName, macOf, markOf, temporaryLinkName } from '../identity.ts';
import type { Place } from '../place.ts';
import type { FieldChange } from '../reconciler.ts';
import type { DesiredNetwork } from './desired.ts';
import type { LinkSeen, VmSeen } from './seen.ts';

/** The machine's link on the host: a TAP on a bridge, or a macvtap over a link of the host. */
export function linkSeen({ up, master, mtu, over, mac, allmulti }: Link): LinkSeen {
  return {
    ...{ up, master, mtu },
    ...(over === undefined ? {} : { macvtap: { over, mac, allmulti: allmulti === true } }),
  };
}

/** Pure: it is no link of the kind that it should be, or lies over another one: it cannot become what it should be. */
export function isMisplaced(
  desired: Pick<DesiredNetwork, 'bridge' | 'macvlan'>,
  { macvtap }: LinkSeen,
): boolean {
  return macvtap?.over !== (desired.macvlan === true ? desired.bridge : undefined);
}

/** Pure: what of a macvtap that is where it should be is otherwise. */
export function macvtapChanges(
  { mtu, bridge }: DesiredNetwork,
  { identity }: Pick<VmSeen, 'identity'>,
  link: LinkSeen,
): readonly FieldChange[] {
  const mac = macOf(identity);
  return [
    ...(link.up ? [] : [{ path: 'network', before: `${bridge}, down`, after: bridge }]),
    ...(link.mtu === mtu ? [] : [{ path: 'mtu', before: link.mtu, after: mtu }]),
    ...(link.macvtap?.mac === mac ? [] : [{ path: 'mac', before: link.macvtap?.mac, after: mac }]),
    ...(link.macvtap?.allmulti === true ? [] : [{ path: 'allmulticast', before: 'off', after: 'on' }]),
  ];
}

/** The mark comes before the name, as that of a TAP does. The host itself wants no address there. */
export function makingMacvtap(place: Place, network: DesiredNetwork): readonly LinkCommand[] {
  const { bridge, mtu } = network;
  const temporary = temporaryLinkName(place.scope, place.identity);
  const add = ['link', 'add', 'link', bridge, 'name', temporary, 'mtu', String(mtu)];
  return [
    { argv: ['link', 'del', 'dev', temporary], tolerate: 'absent' },
    { argv: [...add, 'address', macOf(place.identity), 'type', 'macvtap', 'mode', 'bridge'] },
    { argv: ['link', 'set', 'dev', temporary, 'alias', markOf(place)] },
    { argv: ['link', 'set', 'dev', temporary, 'addrgenmode', 'none'] },
    { argv: ['link', 'set', 'dev', temporary, 'name', linkName(place.identity)] },
    mendingMacvtap(place, network),
  ];
}

/** What the machine listens to is known to the machine alone: so all that is sent to groups is handed to it. */
export function mendingMacvtap({ identity }: Place, { mtu }: DesiredNetwork): LinkCommand {
  const values = ['address', macOf(identity), 'mtu', String(mtu), 'allmulticast', 'on', 'up'];
  return { argv: ['link', 'set', 'dev', linkName(identity), ...values] };
}
