import { formatIp, parseSubnet } from '../../../schema/cidr.ts';
import { formatIp6, parseSubnet6 } from '../../../schema/cidr6.ts';
import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies } from '../../reconciler.ts';
import { egressLink } from '../uplinks/egress.ts';
import { egressRules } from '../uplinks/egressRules.ts';
import { forwardRules } from './forwardRules.ts';
import { isRouted } from '../addresses/hostAddresses.ts';
import { leadsInto } from './publishedTo.ts';
import { loopbackRules, opensLoopback } from './loopback.ts';
import type { RulesPlace } from './parties.ts';
import { policyRules } from './policyRules.ts';
import type { Rule } from './ruleset.ts';
import { drop, masquerade, meta, payload, translated } from './statements.ts';

/**
 * What a network asks of the packet filter, in the spelling in which `nft -j` prints it back. Nobody from elsewhere
 * opens a connection into it but through a published port; `nat` lets its members out behind the host's address,
 * `internal` keeps them in. Of an `external` network nothing is asked but to protect its members, where it is closed.
 */
export function networkRules(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Rule[] {
  const way = { bridge: place.bridge, link: egressLink(spec) };
  return [
    ...policyRules(place, spec, deps),
    ...(spec.profile === 'external' ? [] : [notOurRouter(place.bridge)]),
    ...egressRules(place, spec, deps),
    ...masqueradeRules(way, spec, needsForwarding(place.address, spec, deps) ? fromSubnet(spec) : undefined),
    ...masqueradeRules(
      way,
      spec,
      needsForwarding6(place.address, spec, deps) ? fromSubnet6(spec) : undefined,
    ),
    ...forwardRules(place.address.slice('network.'.length), spec, deps),
    ...(opensLoopback(place.address, spec, deps) ? loopbackRules(place.bridge) : []),
  ];
}

/** Who is on a network of this host's own does not tell this host its way to the world (CVE-2020-13401 was that). */
function notOurRouter(bridge: string): Rule {
  const announced = payload('icmpv6', 'type', 'nd-router-advert');
  return { chain: 'raw', expr: [meta('iifname', '==', bridge), announced, drop] };
}

/** Whether a network has rules at all. */
export function hasRules(address: Address, spec: NetworkSpec, deps: Dependencies): boolean {
  return spec.profile !== 'external' || spec.policy === 'closed' || opensLoopback(address, spec, deps);
}

/** Whether packets pass through this host, which must forward them: out of a network, or into it by a port of the host. */
export function needsForwarding(address: Address, spec: NetworkSpec, deps: Dependencies): boolean {
  return spec.subnet !== undefined && (isRouted(spec) || leadsInto(address, spec, deps));
}

/** The same of IPv6. */
export function needsForwarding6(address: Address, spec: NetworkSpec, deps: Dependencies): boolean {
  return spec.subnet6 !== undefined && (isRouted(spec) || leadsInto(address, spec, deps));
}

/** The same of either. */
export function needsAnyForwarding(address: Address, spec: NetworkSpec, deps: Dependencies): boolean {
  return needsForwarding(address, spec, deps) || needsForwarding6(address, spec, deps);
}

/** Whether a rule stands for that: it translates what members send. */
export function isForForwarding(
  { expr }: { readonly expr: readonly unknown[] },
  family: 'ip' | 'ip6',
): boolean {
  const [first, second] = expr;
  if (!hasKey(expr.at(-1), 'masquerade') || second === undefined) return false;
  const { left } = (first as { match?: { left?: { payload?: { protocol?: string } } } }).match ?? {};
  return left?.payload?.protocol === family;
}

/** Whether a rule keeps members in: only an internal network has such ones. */
export function keepsIn({ chain, expr: [first, second] }: Pick<Rule, 'chain' | 'expr'>): boolean {
  return chain === 'forward' && isAbout(first, 'iifname', '==') && isAbout(second, 'oifname', '!=');
}

function isAbout(condition: unknown, key: string, op: string): boolean {
  const text = JSON.stringify(condition);
  return text.includes(`"${key}"`) && text.includes(`"op":"${op}"`);
}

function fromSubnet(spec: NetworkSpec): unknown {
  const subnet = parseSubnet(spec.subnet ?? '');
  if (subnet === undefined) return undefined;
  return payload('ip', 'saddr', { prefix: { addr: formatIp(subnet.network), len: subnet.prefix } });
}

function fromSubnet6(spec: NetworkSpec): unknown {
  const subnet = parseSubnet6(spec.subnet6 ?? '');
  if (subnet === undefined) return undefined;
  return payload('ip6', 'saddr', { prefix: { addr: formatIp6(subnet.network), len: subnet.prefix } });
}

function masqueradeRules(
  { bridge, link }: { readonly bridge: string; readonly link: string | undefined },
  spec: NetworkSpec,
  fromIt: unknown,
): readonly Rule[] {
  if (fromIt === undefined) return [];
  const leaves = link === undefined ? meta('oifname', '!=', bridge) : meta('oifname', '==', link);
  const out: Rule = { chain: 'postrouting', expr: [fromIt, leaves, masquerade] };
  return [
    ...(isRouted(spec) ? [out] : []),
    // A member that uses a published port of another one must see the answer come from the host.
    { chain: 'postrouting', expr: [fromIt, meta('oifname', '==', bridge), translated, masquerade] },
  ];
}

function hasKey(part: unknown, key: string): boolean {
  return typeof part === 'object' && part !== null && key in part;
}
