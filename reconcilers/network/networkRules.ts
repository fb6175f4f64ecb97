import { formatIp, parseSubnet } from '../../schema/cidr.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { Dependencies } from '../reconciler.ts';
import { forwardRules } from './forwardRules.ts';
import { loopbackRules, opensLoopback } from './loopback.ts';
import type { Place } from './place.ts';
import type { Rule } from './ruleset.ts';
import { drop, masquerade, meta, notTranslated, payload, state, translated } from './statements.ts';

/** What rules have to know of where a network is. */
export type RulesPlace = Pick<Place, 'address' | 'bridge'>;

/**
 * What a network asks of the packet filter, in the spelling in which `nft -j` prints it back. Nobody from elsewhere
 * opens a connection into it but through a published port; `nat` lets its members out behind the host's address,
 * `internal` keeps them in.
 */
export function networkRules(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Rule[] {
  return [
    ...profileRules(place.bridge, spec),
    ...masqueradeRules(place.bridge, spec),
    ...forwardRules(spec, deps),
    ...(opensLoopback(place.address, spec, deps) ? loopbackRules(place.bridge) : []),
  ];
}

/** Whether packets pass through this host, which must forward them. */
export function needsForwarding({ profile, subnet, forwards }: NetworkSpec): boolean {
  return subnet !== undefined && (profile === 'nat' || forwards !== undefined);
}

/** Whether a rule stands for that: it translates what members send. */
export function isForForwarding({ expr }: { readonly expr: readonly unknown[] }): boolean {
  const [first] = expr;
  return hasKey(expr.at(-1), 'masquerade') && JSON.stringify(first).includes('"saddr"') && !hasFib(first);
}

/** Whether a rule lets members out behind the host's address: only a network with `nat` has such ones. */
export function isForNat(rule: { readonly expr: readonly unknown[] }): boolean {
  return isForForwarding(rule) && JSON.stringify(rule.expr).includes('"!="');
}

function profileRules(bridge: string, { profile }: NetworkSpec): readonly Rule[] {
  const into = [meta('oifname', '==', bridge), meta('iifname', '!=', bridge)];
  const outOf = [meta('iifname', '==', bridge), meta('oifname', '!=', bridge)];
  if (profile === 'internal') {
    return [
      refuse(...into, state('invalid', 'new', 'untracked')),
      refuse(...outOf, state('invalid', 'new', 'untracked')),
    ];
  }
  if (profile !== 'nat') return [];
  return [
    refuse(...into, state('new'), notTranslated),
    // What has no connection has no status either, and would pass the rule above.
    refuse(...into, state('invalid', 'untracked')),
  ];
}

function masqueradeRules(bridge: string, spec: NetworkSpec): readonly Rule[] {
  const subnet = parseSubnet(spec.subnet ?? '');
  if (subnet === undefined || !needsForwarding(spec)) return [];
  const prefix = { addr: formatIp(subnet.network), len: subnet.prefix };
  const fromIt = payload('ip', 'saddr', { prefix });
  const out: Rule = { chain: 'postrouting', expr: [fromIt, meta('oifname', '!=', bridge), masquerade] };
  return [
    ...(spec.profile === 'nat' ? [out] : []),
    // A member that uses a published port of another one must see the answer come from the host.
    { chain: 'postrouting', expr: [fromIt, meta('oifname', '==', bridge), translated, masquerade] },
  ];
}

function refuse(...conditions: readonly unknown[]): Rule {
  return { chain: 'forward', expr: [...conditions, drop] };
}

function hasFib(part: unknown): boolean {
  return JSON.stringify(part).includes('"fib"');
}

function hasKey(part: unknown, key: string): boolean {
  return typeof part === 'object' && part !== null && key in part;
}
