import type { Issue } from '../../schema/errors.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import { formerName, isMarkOf, parseMark, temporaryLinkPrefix } from '../identity.ts';
import type { FilterTable, HostView, Link, Process } from '../host/view.ts';
import type { Intruder, Observation, Observations } from '../reconciler.ts';
import {
  bridgeSeen,
  dnsmasqState,
  findBridge,
  findDnsmasq,
  foreignLink,
  forgetsLeases,
} from './findParts.ts';
import { type Reached, readReached, withoutRoute } from './addresses/connectedRoute.ts';
import { findStrays } from './findStrays.ts';
import { type ForwardingSeen, readForwarding } from './addresses/forwarding.ts';
import { firewalldRuns, firewalldSeen } from './rules/firewalld.ts';
import { foreignSeen, hindrances } from './rules/foreignForward.ts';
import { bridgeNamed, linkNamed, portsOn } from './linkIndex.ts';
import { localnetKey } from './rules/loopback.ts';
import { lookAtEgress } from './uplinks/lookAtEgress.ts';
import { lookAtUplinks } from './uplinks/lookAtUplinks.ts';
import { isMacvlan, macvlanSeen, strayVlan } from './macvlan.ts';
import { isRouted } from './addresses/hostAddresses.ts';
import { readOwnFiles } from './dnsmasq/dnsmasq.ts';
import { obstaclesTo } from './obstacles.ts';
import { placeOf, type Place } from './place.ts';
import { intruders } from './rules/projectTable.ts';
import { rulesAt } from './rules/filter.ts';
import type { NetworkSeen } from './seen.ts';
import { lookAtVlans, marksOfVlans } from './uplinks/vlans.ts';

/** Reads everything about networks: the declared ones, and all that carries the mark of one that is not. */
export async function observe(
  view: HostView,
  wanted: readonly Resource<'network'>[],
): Promise<Observations<NetworkSeen>> {
  const [links, tables, processes, namespace] = await Promise.all([
    view.links(),
    view.tables(),
    view.processes(),
    view.namespace(),
  ]);
  const forwarding = await readForwarding(view, links, wanted);
  // After the links, so that no address is older than its route.
  const reached = await readReached(view, processes, namespace, wanted);
  const firewalld = firewalldRuns(processes, namespace);
  const parts = { view, links, tables, processes, namespace, forwarding, firewalld, reached };
  const host: Read = { ...parts, networks: wanted };
  const declared = new Set(wanted.map(({ address }) => address));
  const strays = await findStrays(view, { links, tables, processes });
  const found = await Promise.all(
    wanted.map(async ({ address, spec }) => {
      const place = placeOf(view.scope, view.project, address);
      return { address, place, observation: await look(host, place, spec) };
    }),
  );
  return {
    wanted: new Map(found.map(({ address, observation }) => [address, observation])),
    strays: new Map(
      await Promise.all(
        strays
          .filter((address) => !declared.has(address))
          .map(
            async (address) =>
              [address, await read(host, placeOf(view.scope, view.project, address))] as const,
          ),
      ),
    ),
    intruders: found.flatMap(({ place, observation }, index) => [
      ...foreignPorts(host, place, observation),
      ...hindering(host, place, wanted[index]?.spec),
      // The table belongs to the whole project; someone has to speak for it.
      ...(index === 0
        ? intruders(tables, place.table).map((what) => ({ address: place.address, what }))
        : []),
    ]),
  };
}

interface Read {
  readonly view: HostView;
  readonly links: readonly Link[];
  readonly tables: readonly FilterTable[];
  readonly processes: ReadonlyMap<number, Process>;
  readonly namespace: number | undefined;
  readonly forwarding: ForwardingSeen;
  /** firewalld is at work in the namespace. */
  readonly firewalld: boolean;
  /** See `readReached`. */
  readonly reached: Reached | undefined;
  /** Those that are declared. */
  readonly networks: readonly Resource<'network'>[];
}

async function look(host: Read, place: Place, spec: NetworkSpec): Promise<Observation<NetworkSeen>> {
  const missing = await obstaclesTo(host, place, spec);
  if (host.namespace === undefined) return { status: 'absent', problems: missing };
  // One whose members share a link of the host has none of its own name.
  const foreign = isMacvlan(spec) ? strayVlan(spec, host.links) : foreignLink(host.links, place);
  const seen = await read(host, place, spec);
  if (foreign !== undefined) {
    const why = whyForeign(host, foreign);
    // What bears a mark is somebody's: they have to give it up first.
    if (isMacvlan(spec)) return { status: 'foreign', why, adoptable: { ...seen, foreign: true } };
    if (foreign.kind !== 'bridge' || parseMark(foreign.alias) !== undefined)
      return { status: 'foreign', why };
    const adoptable = {
      ...seen,
      link: bridgeSeen(host.links, foreign, seen.uplinks?.hosts),
      foreign: true,
    };
    return { status: 'foreign', why, adoptable };
  }
  const problems = [...loopbackProblems(host), ...missing];
  return isNothing(seen) ? { status: 'absent', problems } : { status: 'present', seen, problems };
}

/** Without a loopback a host does not reach its own addresses; in a namespace that a person made it may be down. */
function loopbackProblems({ links, view }: Read): readonly Issue[] {
  if (linkNamed(links, 'lo')?.up !== false) return [];
  const where = view.scope.namespace === undefined ? '' : ` -n ${view.scope.namespace}`;
  const message = 'the loopback link lo is down: this host does not reach its own addresses';
  return [{ code: 'capability.missing', message, hint: `bring it up: ip${where} link set lo up` }];
}

async function read(
  { view, links, tables, processes, namespace, forwarding, firewalld, reached }: Read,
  place: Place,
  spec?: NetworkSpec,
): Promise<NetworkSeen> {
  const { paths } = place;
  const rules = rulesAt(place, tables);
  const uplinks = await lookAtUplinks(view, links, place, spec);
  const link = findBridge(links, place);
  const vlans = await lookAtVlans(view, links, place, spec);
  const egress = await lookAtEgress(view, { links, rules }, place, spec);
  // Of one that may be taken over too.
  const bridge = link ?? bridgeNamed(links, place.bridge);
  const [localnet, owner, leasesOwner, noted, config, files, hosts, dhcpHosts, leases, leaseFile] =
    await Promise.all([
      bridge && view.sysctl(localnetKey(bridge.name)),
      view.read(paths.owner),
      view.read(paths.leasesOwner),
      view.read(paths.macvlan),
      view.read(paths.config),
      readOwnFiles(view, paths),
      view.stat(paths.hosts),
      view.stat(paths.dhcpHosts),
      view.stat(paths.leasesFolder),
      view.stat(paths.leases),
    ]);
  const macvlan = macvlanSeen(spec, links, noted);
  const runs = dnsmasqState(findDnsmasq(processes, place), place, namespace);
  const seen = link === undefined ? undefined : bridgeSeen(links, link, uplinks?.hosts);
  const trust = firewalldSeen(tables, place.bridge, firewalld);
  const unrouted = withoutRoute(reached, seen, spec?.subnet6 !== undefined);
  return {
    place,
    link: seen,
    ...(unrouted.length === 0 ? {} : { unrouted }),
    ...(uplinks === undefined ? {} : { uplinks }),
    ...(vlans.length === 0 ? {} : { vlans }),
    ...(macvlan === undefined ? {} : { macvlan }),
    ...(egress === undefined ? {} : { egress }),
    unfinished: link?.name !== place.temporary && linkNamed(links, place.temporary) !== undefined,
    was: [link?.alias, ...marksOfVlans(links, place), owner, leasesOwner]
      .map((text) => formerName(text, place))
      .find((name) => name !== undefined),
    rules,
    foreignTables: foreignSeen(tables, place),
    ...(trust === undefined ? {} : { firewalld: trust }),
    ...forwarding,
    localnet,
    owned: isMarkOf(owner, place) && (leases === undefined || isMarkOf(leasesOwner, place)),
    dnsmasq: {
      ...runs,
      config,
      files,
      folders: [hosts, dhcpHosts, leases].every((folder) => folder?.type === 'directory'),
      ...(forgetsLeases(runs, config, leaseFile) ? { forgets: true } : {}),
    },
  };
}

function isNothing({
  link,
  uplinks,
  vlans,
  egress,
  unfinished,
  rules,
  owned,
  dnsmasq,
}: NetworkSeen): boolean {
  return (
    link === undefined &&
    uplinks?.unsettled !== true &&
    vlans === undefined &&
    (egress?.entries.length ?? 0) === 0 &&
    !unfinished &&
    rules.rules.length === 0 &&
    !owned &&
    dnsmasq.process === 'none' &&
    !dnsmasq.astray &&
    dnsmasq.config === undefined
  );
}

function whyForeign({ view }: Read, { name, alias }: Link): string {
  const mark = parseMark(alias);
  if (mark === undefined)
    return `there is a link ${name} on this host that does not carry the mark of this network`;
  const whose =
    mark.scope === view.scope.id
      ? `${mark.address} of project ${mark.project}`
      : `${mark.address} of project ${mark.project}, which is kept in another data directory`;
  return `the link ${name} belongs to ${whose}`;
}

function hindering(
  { tables, firewalld }: Read,
  place: Place,
  spec: NetworkSpec | undefined,
): readonly Intruder[] {
  if (spec === undefined || !(isRouted(spec) || spec.forwards !== undefined)) return [];
  return hindrances(tables, place, firewalld).map((what) => ({ address: place.address, what }));
}

function foreignPorts(
  { view, links }: Read,
  place: Place,
  observation: Observation<NetworkSeen>,
): readonly Intruder[] {
  const bridge = findBridge(links, place);
  if (bridge === undefined) return [];
  const own = observation.status === 'present' ? (observation.seen.uplinks?.ports ?? []) : [];
  return portsOn(links, bridge.name)
    .filter(({ name }) => own.every((port) => port.name !== name))
    .filter(
      ({ name, alias }) =>
        parseMark(alias)?.scope !== view.scope.id && !name.startsWith(temporaryLinkPrefix(view.scope)),
    )
    .map(({ name }) => ({ address: place.address, what: `link ${name} on bridge ${bridge.name}` }));
}
