import type { Address, Resource } from '../../schema/manifest.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { Dependencies, Effect, FieldChange, Step } from '../reconciler.ts';
import { diffAddress } from './addresses/diffAddress.ts';
import { diffRoute } from './addresses/connectedRoute.ts';
import { diffBridge } from './diffBridge.ts';
import { diffDnsmasq, isServed } from './dnsmasq/diffDnsmasq.ts';
import { diffRules } from './rules/diffRules.ts';
import { createEgress, diffEgress, removeEgress } from './uplinks/diffEgress.ts';
import { createUplinks, diffUplinks, removeUplinks } from './uplinks/diffUplinks.ts';
import { needsDnsmasq } from './dnsmasq/dnsmasqConf.ts';
import { createVlans, diffVlans, removeVlans } from './uplinks/diffVlans.ts';
import { diffLoopback, open, opensLoopback } from './rules/loopback.ts';
import { createMacvlan, diffMacvlan, isMacvlan, leaveBridge, releaseMacvlan, sharedLink } from './macvlan.ts';
import { hasRules, needsAnyForwarding } from './rules/networkRules.ts';
import { diffForwarding } from './addresses/forwarding.ts';
import type { NetworkSeen } from './seen.ts';

/** Everything that a network's step can be. */
export type NetworkStepId =
  | 'moved'
  | 'adopt'
  | 'forget'
  | 'owner'
  | 'unfinished'
  | 'bridge.create'
  | 'bridge.set'
  | 'uplinks'
  | 'uplinks.release'
  | 'vlans'
  | 'vlans.remove'
  | 'egress'
  | 'egress.remove'
  | 'address'
  | 'route'
  | 'forwarding'
  | 'rules'
  | 'localnet'
  | 'dnsmasq.config'
  | 'dnsmasq.start'
  | 'dnsmasq.remove'
  | 'bridge.remove'
  | 'macvlan'
  | 'macvlan.remove'
  | 'rules.remove'
  | 'remove';

export interface NetworkStep extends Step {
  readonly id: NetworkStepId;
}

/**
 * The steps from what is there to what is declared; without a resource, to nothing. A network is missing when its bridge
 * is; whatever else is gone is a change of it.
 */
export function diff(input: {
  readonly address: Address;
  readonly resource: Resource<'network'> | undefined;
  readonly seen: NetworkSeen | undefined;
  readonly deps: Dependencies;
}): readonly NetworkStep[] {
  const { resource, seen, deps } = input;
  if (resource !== undefined)
    return seen === undefined ? create(resource, deps) : change(resource, seen, deps);
  return seen === undefined ? [] : remove(seen);
}

function create({ address, name, spec }: Resource<'network'>, deps: Dependencies): readonly NetworkStep[] {
  if (isMacvlan(spec)) return [...createMacvlan(name, spec), ...createVlans(spec)];
  const { profile, subnet, subnet6, mtu } = spec;
  const dnsmasq = needsDnsmasq(spec);
  const step = (id: NetworkStepId, reason: string, ...changes: FieldChange[]): NetworkStep => ({
    id,
    effect: 'live',
    class: 'missing',
    reason,
    changes,
  });
  return [
    step(
      'bridge.create',
      `network ${name} does not exist`,
      added('mtu', mtu),
      ...(spec.stp === true ? [added('stp', true)] : []),
    ),
    ...createUplinks(spec),
    ...createVlans(spec),
    ...(subnet === undefined && subnet6 === undefined
      ? []
      : [
          step(
            'address',
            'the bridge gets its address',
            ...optional('subnet', subnet),
            ...optional('subnet6', subnet6),
          ),
        ]),
    ...createEgress(spec),
    ...(needsAnyForwarding(address, spec, deps)
      ? [step('forwarding', 'members reach other networks through this host')]
      : []),
    ...(hasRules(address, spec, deps)
      ? [step('rules', 'the network gets its packet filter rules', added('profile', profile))]
      : []),
    ...(opensLoopback(address, spec, deps) ? [open] : []),
    ...(dnsmasq
      ? [step('dnsmasq.config', 'dnsmasq gets its configuration', added('dns', spec.dns), ...ranges(spec))]
      : []),
    ...(dnsmasq ? [step('dnsmasq.start', 'dnsmasq is started')] : []),
  ];
}

function change(
  resource: Resource<'network'>,
  seen: NetworkSeen,
  deps: Dependencies,
): readonly NetworkStep[] {
  const { spec } = resource;
  const { place, link, unfinished, owned, was } = seen;
  return [
    ...adopted(spec, seen),
    ...(was === undefined
      ? []
      : [step('moved', 'changed', `it was ${was}`, { path: 'address', before: was, after: place.address })]),
    ...(owned || link === undefined || seen.foreign === true
      ? []
      : [step('owner', 'changed', `its folders do not say whose they are`)]),
    ...(unfinished ? [leftover(seen)] : []),
    ...(isMacvlan(spec) ? shared(resource, seen, deps) : bridged(resource, seen, deps)),
  ];
}

function shared(
  resource: Resource<'network'>,
  seen: NetworkSeen,
  deps: Dependencies,
): readonly NetworkStep[] {
  const { spec } = resource;
  return [
    ...leaveBridge(seen),
    ...diffMacvlan(spec, seen),
    ...diffVlans(spec, seen),
    ...diffForwarding(spec, seen, deps),
    ...diffRules(spec, seen, deps),
    ...diffDnsmasq(resource, seen, deps),
  ];
}

function bridged(
  resource: Resource<'network'>,
  seen: NetworkSeen,
  deps: Dependencies,
): readonly NetworkStep[] {
  const { address, spec } = resource;
  const { place, link } = seen;
  const vlans = diffVlans(spec, seen);
  const loopback = diffLoopback(opensLoopback(address, spec, deps), seen);
  return [
    ...releaseMacvlan(seen),
    ...(link === undefined
      ? [
          step(
            'bridge.create',
            'missing',
            `there is no bridge ${place.bridge}`,
            added('bridge', place.bridge),
          ),
        ]
      : diffBridge(spec, seen, link)),
    ...diffUplinks(spec, seen),
    ...vlans,
    ...diffAddress(spec, link),
    ...diffRoute(spec, seen),
    // Before the rules, which tell that there is something of it to look for.
    ...diffEgress(spec, seen, vlans.length > 0),
    ...diffForwarding(spec, seen, deps),
    ...loopback.before,
    ...diffRules(spec, seen, deps),
    ...loopback.after,
    ...diffDnsmasq(resource, seen, deps),
  ];
}

function adopted(spec: NetworkSpec, { foreign, place }: NetworkSeen): readonly NetworkStep[] {
  if (foreign !== true) return [];
  const what = isMacvlan(spec) ? `VLAN ${sharedLink(spec)}` : `bridge ${place.bridge}`;
  const change = { path: 'adopts', before: undefined, after: what };
  return [step('adopt', 'changed', `the ${what} is not Nova's; it is taken over`, change)];
}

/** Pure: what it takes to give it up; the reason says what stays. */
export function forget({ place, link, rules }: NetworkSeen): readonly NetworkStep[] {
  const parts = [
    ...(link === undefined ? [] : [`bridge ${link.name} with its address and members`]),
    ...(rules.rules.length === 0 ? [] : [`${rules.rules.length} rules in table ${place.table}`]),
    `what its dnsmasq has in ${place.paths.folder}`,
  ];
  return [step('forget', 'unmanaged', `it stays: ${parts.join(', ')}`)];
}

function remove(seen: NetworkSeen): readonly NetworkStep[] {
  const { place, link, unfinished, rules, foreignTables, firewalld } = seen;
  const ruled = rules.rules.length > 0 || (foreignTables?.rules.length ?? 0) > 0 || firewalld === 'trusts';
  const gone = (id: NetworkStepId, effect: Effect, what: string, path: string): NetworkStep => ({
    id,
    effect,
    class: 'unmanaged',
    reason: `${what} goes`,
    changes: [{ path, before: what, after: undefined }],
  });
  return [
    ...(unfinished ? [leftover(seen)] : []),
    ...(isServed(seen.dnsmasq) ? [gone('dnsmasq.remove', 'live', 'dnsmasq', 'dnsmasq')] : []),
    ...removeUplinks(seen),
    ...removeVlans(seen),
    ...(link === undefined ? [] : [gone('bridge.remove', 'restart', `bridge ${link.name}`, 'bridge')]),
    ...removeEgress(seen),
    ...(ruled ? [gone('rules.remove', 'live', `${rules.rules.length} rules`, 'rules')] : []),
    step('remove', 'unmanaged', `what is left in ${place.paths.folder} goes`),
  ];
}

function leftover({ place }: NetworkSeen): NetworkStep {
  return step('unfinished', 'unmanaged', `link ${place.temporary} was left half-made`);
}

function step(
  id: NetworkStepId,
  kind: Step['class'],
  reason: string,
  ...changes: FieldChange[]
): NetworkStep {
  return { id, effect: 'live', class: kind, reason, changes };
}

function added(path: string, after: unknown): FieldChange {
  return { path, before: undefined, after };
}

function optional(path: string, after: unknown): readonly FieldChange[] {
  return after === undefined ? [] : [added(path, after)];
}

function ranges({ dhcp_range, dhcp_range6 }: NetworkSpec): readonly FieldChange[] {
  return [...optional('dhcp_range', dhcp_range), ...optional('dhcp_range6', dhcp_range6)];
}
