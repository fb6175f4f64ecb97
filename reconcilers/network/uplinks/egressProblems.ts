import type { NetworkSpec } from '../../../schema/network.ts';
import type { Link } from '../../host/view.ts';
import { parseMark } from '../../identity.ts';
import type { Obstacle } from '../../reconciler.ts';
import { egressLink } from './egress.ts';

/**
 * Pure: why members cannot leave by an interface that is there.
 * @param own name of the network's bridge
 */
export function egressProblems(spec: NetworkSpec, own: string, links: readonly Link[]): readonly Obstacle[] {
  const { uplink, vlan } = spec;
  const link = egressLink(spec);
  if (uplink === undefined || link === undefined) return [];
  const refuse = (message: string, hint: string): readonly Obstacle[] => [
    { code: 'network.interface', message, hint, path: ['uplink'] },
  ];
  if (link === own || uplink === own)
    return refuse(
      `${uplink} is the bridge of this network itself`,
      'name the interface that leads to the world',
    );
  const found = links.find(({ name }) => name === link);
  if (found?.master !== undefined)
    return refuse(
      `${link} is a port of ${found.master}, which has its addresses`,
      `set uplink = "${found.master}"`,
    );
  const theirs = links.find(
    ({ kind, over, vlan: id, alias }) =>
      kind === 'vlan' && over === uplink && id === vlan && parseMark(alias) === undefined,
  );
  if (theirs === undefined) return [];
  return refuse(
    `VLAN ${vlan} of ${uplink} is there already: ${theirs.name}, which is not Nova's`,
    `set uplink = "${theirs.name}" in its place, without vlan`,
  );
}
