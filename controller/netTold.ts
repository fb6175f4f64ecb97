import type { ContainerSpec } from '../schema/container.ts';
import type { Address, Manifest } from '../schema/manifest.ts';
import type { NetworkSpec } from '../schema/network.ts';
import { present } from '../schema/present.ts';
import type { VmSpec } from '../schema/vm.ts';
import type { HostView } from '../reconcilers/host/host.ts';
import type { Link } from '../reconcilers/host/view.ts';
import { parseMark } from '../reconcilers/identity.ts';
import { attachmentsOf } from '../reconcilers/network/attachments.ts';
import { type Lease, readLeases } from '../reconcilers/network/dnsmasq/leases.ts';
import { memberAddresses } from '../reconcilers/network/dnsmasq/memberRecord.ts';
import type { NetworkSeen } from '../reconcilers/network/seen.ts';
import type { Dependencies, DriftClass } from '../reconcilers/reconciler.ts';
import { registry } from '../reconcilers/registry.ts';
import { dependenciesOf } from './plan/dependencies.ts';
import { asLeft } from './plan/ignored.ts';
import { lastSeenIn, seenOf } from './plan/lastSeen.ts';
import type { Plan } from './plan/plan.ts';
import type { Survey } from './plan/survey.ts';

/** A container or machine that is declared to be on a network. */
export interface NetworkMember {
  readonly address: Address;
  readonly ip: string | undefined;
  readonly ip6: string | undefined;
}

export interface NetworkLease extends Lease {
  /** The container or machine whose address it is. */
  readonly member: Address | undefined;
}

/** Everything that there is to tell of one network, declared or left over. */
export interface NetworkTold {
  readonly address: Address;
  readonly name: string;
  /** `up`, `down`, or that it is `absent`, `unknown` or `foreign`. */
  readonly state: string;
  /** A few words more. */
  readonly details: string;
  readonly drift: DriftClass | undefined;
  /** Keys of its table with their defaults; undefined: it is not declared. */
  readonly declared: Readonly<Record<string, unknown>> | undefined;
  readonly seen: NetworkSeen | undefined;
  readonly members: readonly NetworkMember[];
  readonly ports: readonly { readonly link: string; readonly member: Address | undefined }[];
  readonly leases: readonly NetworkLease[];
}

/**
 * Tells of all networks of a project, by name. Changes nothing.
 * @param now ms since the epoch
 */
export async function tellNetworks(
  view: HostView,
  manifest: Manifest,
  { plan, surveyed }: { readonly plan: Plan; readonly surveyed: Survey },
  now: number,
): Promise<readonly NetworkTold[]> {
  const links = await view.links();
  const lastSeen = lastSeenIn(surveyed);
  const deps = dependenciesOf(asLeft(manifest, lastSeen), lastSeen);
  const planned = new Map(plan.resources.map((resource) => [resource.address, resource]));
  const declared = manifest.resources.flatMap((resource) => {
    if (resource.kind !== 'network') return [];
    const observation = surveyed.wanted.get(resource.address);
    const seen = seenOf(observation) as NetworkSeen | undefined;
    const why = observation !== undefined && 'why' in observation ? observation.why : '';
    const state = observation?.status ?? 'absent';
    const how = state === 'present' && seen ? registry.network.describe(seen) : { state, details: why };
    const keys = present('network', resource.spec as NetworkSpec);
    const drift = planned.get(resource.address)?.drift;
    return [{ address: resource.address, ...how, drift, declared: keys, seen }];
  });
  const strays = [...surveyed.strays].flatMap(([address, { kind, seen: found }]) => {
    if (kind !== 'network') return [];
    const seen = found as NetworkSeen;
    const how = registry.network.describe(seen);
    return [{ address, ...how, drift: 'unmanaged' as const, declared: undefined, seen }];
  });
  const all = [...declared, ...strays].toSorted((a, b) => (a.address < b.address ? -1 : 1));
  return Promise.all(
    all.map(async (each) => {
      const name = each.address.slice('network.'.length);
      const members = membersOf(manifest, deps, name);
      const leases = each.seen === undefined ? [] : await readLeases(view, each.seen.place, now);
      return {
        ...each,
        name,
        members,
        ports: portsOf(links, each.seen),
        leases: leases.map((lease) => ({
          ...lease,
          member: members.find(({ ip, ip6 }) => ip === lease.ip || ip6 === lease.ip)?.address,
        })),
      };
    }),
  );
}

function membersOf(manifest: Manifest, deps: Dependencies, network: string): readonly NetworkMember[] {
  return manifest.resources.flatMap(({ address, kind, spec }) => {
    if (kind !== 'container' && kind !== 'vm') return [];
    const places = attachmentsOf(spec as ContainerSpec | VmSpec);
    if (places.every((place) => place.network !== network)) return [];
    return [{ address, ...memberAddresses(address, deps, network) }];
  });
}

function portsOf(links: readonly Link[], seen: NetworkSeen | undefined): NetworkTold['ports'] {
  const bridge = seen?.link?.name;
  if (seen === undefined || bridge === undefined) return [];
  return links
    .filter(({ master }) => master === bridge)
    .map(({ name, alias }) => {
      const mark = parseMark(alias);
      const own = mark?.scope === seen.place.scope.id && mark.project === seen.place.project;
      return { link: name, member: own ? mark.address : undefined };
    });
}
