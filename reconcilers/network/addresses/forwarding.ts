import type { Resource } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { HostView, Link } from '../../host/view.ts';
import { parseMark, temporaryLinkPrefix } from '../../identity.ts';
import { oncePer } from '../../oncePer.ts';
import { originOf } from '../../past.ts';
import type { Dependencies, FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import { uplinkVlanName } from '../uplinks/egress.ts';
import { portsOn } from '../linkIndex.ts';
import { bridgeName } from '../names.ts';
import { isForForwarding, needsForwarding, needsForwarding6 } from '../rules/networkRules.ts';
import type { NetworkSeen } from '../seen.ts';
import type { Task } from '../task.ts';

export const forwarding4 = 'net.ipv4.ip_forward';
export const forwarding6 = 'net.ipv6.conf.all.forwarding';

/** What decides whether this host forwards, as far as somebody may need it. */
export interface ForwardingSeen {
  readonly forwarding: string | undefined;
  readonly forwarding6?: string | undefined;
  /** Links of the host that would not hear their router any more when it forwards IPv6. */
  readonly deaf?: readonly string[];
}

export async function readForwarding(
  view: HostView,
  links: readonly Link[],
  wanted: readonly Resource<'network'>[],
): Promise<ForwardingSeen> {
  const specs = wanted.map(({ spec }) => spec);
  const six = specs.some(({ subnet6 }) => subnet6 !== undefined);
  const own = six ? uplinks(view, links, wanted) : [];
  const [forwarding, all, ...hearing] = await Promise.all([
    specs.some(({ subnet }) => subnet !== undefined) ? view.sysctl(forwarding4) : undefined,
    six ? view.sysctl(forwarding6) : undefined,
    ...own.map((name) => view.sysctl(acceptKey(name))),
  ]);
  return { forwarding, forwarding6: all, deaf: own.filter((_, index) => hearing[index] === '1') };
}

/**
 * Pure. Where forwarding is on already, it still has to be known who needs it: the rules of a network whose members leave it
 * stand for that, so this comes before them.
 */
export function diffForwarding(
  spec: NetworkSpec,
  { place, rules, forwarding, forwarding6: six, deaf = [] }: NetworkSeen,
  deps: Dependencies,
): readonly NetworkStep[] {
  const declared = bridgesOf(place, deps.networks?.() ?? []);
  const { address } = place;
  const needed = [needsForwarding(address, spec, deps), needsForwarding6(address, spec, deps)];
  const counted = (['ip', 'ip6'] as const).map((family) =>
    rules.rules.some((rule) => isForForwarding(rule, family)),
  );
  const changes: readonly (FieldChange & { readonly before: string | undefined })[] = [
    ...(needed[0] === true && forwarding !== '1'
      ? [{ path: 'ip_forward', before: forwarding, after: '1' }]
      : []),
    ...(needed[1] === true && six !== '1' ? [{ path: 'ip6_forward', before: six, after: '1' }] : []),
    ...(needed[1] === true
      ? deaf
          .filter((link) => link !== place.bridge && declared.get(link) !== false)
          .map((link) => ({ path: `accept_ra of ${link}`, before: '1', after: '2' }))
      : []),
  ];
  if (changes.length > 0) {
    const reason = changes.map(({ path, before }) => `${path} is ${before ?? 'not there'}`).join(', ');
    return [step(reason, ...changes)];
  }
  if (needed.every((each, index) => each === counted[index])) return [];
  return needed.some((each, index) => each && counted[index] !== true)
    ? [step('members reach other networks through this host')]
    : [step('nothing here needs forwarding any more')];
}

/** Counts the network among those that need forwarding, or not any more. */
export async function setForwarding(
  { host, place, deps }: Task,
  spec: NetworkSpec | undefined,
): Promise<void> {
  const { sysctls } = host;
  const user = `${host.project}/${originOf(place.scope, place.address)}`;
  if (spec !== undefined && needsForwarding(place.address, spec, deps))
    await sysctls.borrow(forwarding4, '1', user);
  else await sysctls.giveBack(forwarding4, user);
  const all = uplinks(host, await host.view().links(), deps.networks?.() ?? []);
  const links = all.filter((name) => name !== place.bridge);
  const keys = links.map(acceptKey);
  if (spec === undefined || !needsForwarding6(place.address, spec, deps)) {
    await sysctls.giveBack(forwarding6, user);
    await Promise.all(keys.map((key) => sysctls.giveBack(key, user)));
    return;
  }
  // One that forwards hears its own router only where it is told to (Linux, ip-sysctl: accept_ra); so that comes first.
  const view = host.view();
  const values = await Promise.all(keys.map((key) => view.sysctl(key)));
  const hearing = keys.filter((_, index) => values[index] === '1' || values[index] === '2');
  await Promise.all(hearing.map((key) => sysctls.borrow(key, '2', user)));
  await sysctls.borrow(forwarding6, '1', user);
}

/** The sysctl that says whether a link hears a router. */
export function acceptKey(link: string): string {
  return `net/ipv6/conf/${link}/accept_ra`;
}

type Declared = ReadonlyMap<string, boolean>;

/**
 * Bridges of what is declared, by name, also while they bear no mark; each with whether it has interfaces of the host. And
 * VLANs of uplinks: what is heard there is their networks' affair.
 */
function bridgesOf(
  { scope, project }: Pick<HostView, 'scope' | 'project'>,
  networks: readonly Resource<'network'>[],
): Declared {
  const known = bridgesByScope(networks);
  const key = `${scope.id}/${project}`;
  const bridges =
    known.get(key) ??
    new Map(
      networks.flatMap(({ name, spec }) => [
        ...(spec.type === 'macvlan'
          ? []
          : [[bridgeName(scope, project, name), spec.interfaces !== undefined] as const]),
        ...vlanOf(spec).map((link) => [link, false] as const),
      ]),
    );
  known.set(key, bridges);
  return bridges;
}

function vlanOf({ uplink, vlan, interfaces }: NetworkSpec): readonly string[] {
  return uplink === undefined || vlan === undefined || interfaces !== undefined
    ? []
    : [uplinkVlanName(uplink, vlan)];
}

const bridgesByScope = oncePer((_: readonly Resource<'network'>[]) => new Map<string, Declared>());

/**
 * Links by which a router of the host's may be heard: its own, and bridges that have one of those as a port. What is only being
 * made has another name in a moment.
 */
function uplinks(
  host: Pick<HostView, 'scope' | 'project'>,
  links: readonly Link[],
  networks: readonly Resource<'network'>[],
): readonly string[] {
  const unfinished = temporaryLinkPrefix(host.scope);
  const found = uplinksAmong(links)(bridgesOf(host, networks));
  return found.filter((name) => !name.startsWith(unfinished));
}

const uplinksAmong = oncePer((links: readonly Link[]) =>
  oncePer((declared: Declared): readonly string[] => {
    const isOurs = ({ alias }: Link) => parseMark(alias) !== undefined;
    const leads = ({ name }: Link) => portsOn(links, name).some((port) => !isOurs(port));
    return (
      links
        // What comes by a macvtap goes to who has it open.
        .filter(({ name, kind, master }) => name !== 'lo' && kind !== 'macvtap' && master === undefined)
        .filter((link) => declared.get(link.name) ?? (!isOurs(link) || leads(link)))
        .map(({ name }) => name)
        .filter((name) => /^[\w@.-]+$/.test(name))
    );
  }),
);

function step(reason: string, ...changes: FieldChange[]): NetworkStep {
  return { id: 'forwarding', effect: 'live', class: 'changed', reason, changes };
}
