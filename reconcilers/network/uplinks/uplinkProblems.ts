import type { NetworkSpec } from '../../../schema/network.ts';
import type { Carried } from '../../host/carried.ts';
import type { Link } from '../../host/view.ts';
import { parseMark } from '../../identity.ts';
import type { Obstacle } from '../../reconciler.ts';
import { confirmOf } from './noteUplinks.ts';
import { defaultRoutes, portsOf } from './uplinkMoves.ts';
import { tagged } from './vlans.ts';

/** Pure: why interfaces that are there cannot become ports of a bridge. Those that are ports of it already are. */
export function uplinkProblems(
  spec: NetworkSpec,
  bridge: string,
  links: readonly Link[],
  carried: Carried,
): readonly Obstacle[] {
  const coming = portsOf(spec).flatMap((name, index) => {
    const link = links.find((each) => each.name === name);
    return link === undefined || link.master === bridge ? [] : [{ link, index }];
  });
  const names = coming.map(({ link }) => link.name);
  return coming.flatMap(({ link, index }) => {
    const why = whyNot(link, links, carried) ?? whyUnguarded(spec, link, names, carried);
    if (why === undefined) return [];
    const [message, hint] = why;
    return [{ code: 'network.interface' as const, message, hint, path: ['interfaces', index] }];
  });
}

/** Pure: why interfaces cannot carry a VLAN for a bridge. */
export function vlanProblems(spec: NetworkSpec, bridge: string, links: readonly Link[]): readonly Obstacle[] {
  return tagged(spec).flatMap((name, index) => {
    const link = links.find((each) => each.name === name);
    const path = ['interfaces', index];
    const other = links.find(
      ({ over, vlan, master, alias }) =>
        over === name && vlan === spec.vlan && master !== bridge && parseMark(alias) === undefined,
    );
    if (other !== undefined) {
      const message = `VLAN ${spec.vlan} of ${name} is there already: ${other.name}, which is not Nova's`;
      const hint = `name it in interfaces in its place, without vlan; or take it away: ip link delete ${other.name}`;
      return [{ code: 'network.interface' as const, message, hint, path }];
    }
    if (link === undefined || link.mtu >= spec.mtu) return [];
    const message = `${name} has an MTU of ${link.mtu}, and its VLAN cannot have the ${spec.mtu} of the network`;
    const hint = `set mtu = ${link.mtu}, or raise that of the interface: ip link set ${name} mtu ${spec.mtu}`;
    return [{ code: 'network.interface' as const, message, hint, path }];
  });
}

type Reason = readonly [message: string, hint: string];

function whyNot(
  { name, kind, master, alias }: Link,
  links: readonly Link[],
  carried: Carried,
): Reason | undefined {
  if (kind === 'bridge')
    return [
      `${name} is a bridge, which cannot be a port of another one`,
      'name its interfaces; or adopt = true takes over the bridge of this name',
    ];
  if (parseMark(alias) !== undefined)
    return [`${name} is a link that Nova has made`, 'name an interface of the host'];
  if (master !== undefined)
    return [
      `${name} is a port of ${master} already`,
      `take it out there first: ip link set ${name} nomaster; or leave it out of that network, and apply`,
    ];
  const above = links.find(({ over, kind: sort }) => over === name && sort !== 'vlan');
  if (above !== undefined)
    return [
      `${name} is shared by ${above.name}, which keeps it from being a port`,
      `take ${above.name} away, or use another interface`,
    ];
  const shared = carried.routes.find((route) => route.link === name && route.shared === true);
  if (shared !== undefined)
    return [
      `the route to ${shared.to} leads over ${name} and other links, and cannot be moved`,
      'make it a route over one of them',
    ];
  return undefined;
}

/** Whoever gets the only way to the host wrong is not reached any more. */
function whyUnguarded(
  spec: NetworkSpec,
  { name }: Link,
  coming: readonly string[],
  carried: Carried,
): Reason | undefined {
  const ways = defaultRoutes(carried);
  const only = ways.some(({ link }) => link === name) && ways.every(({ link }) => coming.includes(link));
  if (!only) return undefined;
  const { timeout, address } = confirmOf(spec, undefined);
  if (timeout === 0)
    return [
      `${name} has the only default route: it becomes a port only where that is taken back when the host is not reached any more`,
      'set a confirm_timeout of more than 0, or leave it out: 30 s is the default',
    ];
  if (address === undefined && ways.every(({ via }) => via === undefined))
    return [
      `${name} has the only default route, which has no gateway that could tell whether the host is still reached`,
      'set confirm_address to an address that answers',
    ];
  return undefined;
}
