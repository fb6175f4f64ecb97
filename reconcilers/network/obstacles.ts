import type { Resource } from '../../schema/manifest.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { HostView, Link } from '../host/view.ts';
import { oncePer } from '../oncePer.ts';
import type { Obstacle } from '../reconciler.ts';
import { egressProblems } from './uplinks/egressProblems.ts';
import { findBridge } from './findParts.ts';
import { interfaceProblems } from './uplinks/interfaces.ts';
import { macvlanProblems } from './macvlan.ts';
import { bridgeName } from './names.ts';
import type { Place } from './place.ts';
import { uplinkProblems, vlanProblems } from './uplinks/uplinkProblems.ts';

interface Host {
  readonly view: HostView;
  readonly links: readonly Link[];
  /** Those that are declared. */
  readonly networks: readonly Resource<'network'>[];
}

/** Why the interfaces that a network names cannot be what it wants of them. */
export async function obstaclesTo(host: Host, place: Place, spec: NetworkSpec): Promise<readonly Obstacle[]> {
  return [
    ...interfaceProblems(spec, host.links, declaredBridges(host)),
    ...macvlanProblems(spec, host.links, place.temporary),
    ...(await portProblems(host, place, spec)),
    ...egressProblems(spec, place.bridge, host.links),
  ];
}

/** Bridges that a plan makes before members leave by them. */
const declaredBridges = oncePer(({ view, networks }: Host): readonly string[] =>
  networks.map(({ name }) => bridgeName(view.scope, view.project, name)),
);

async function portProblems(
  { view, links }: Host,
  place: Place,
  spec: NetworkSpec,
): Promise<readonly Obstacle[]> {
  if (spec.interfaces === undefined) return [];
  const bridge = findBridge(links, place)?.name ?? place.bridge;
  const carried = await view.carried();
  return [...uplinkProblems(spec, bridge, links, carried), ...vlanProblems(spec, bridge, links)];
}
