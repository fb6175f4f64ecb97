import { formatIp, parseSubnet } from '../../schema/cidr.ts';
import type { NetworkSpec } from '../../schema/network.ts';
import type { Rule } from './ruleset.ts';

/**
 * What a network asks of the packet filter, in the spelling in which `nft -j` prints it back. Nobody from elsewhere
 * opens a connection into it but through a published port; `nat` lets its members out behind the host's address,
 * `internal` keeps them in.
 */
export function networkRules(bridge: string, spec: NetworkSpec): readonly Rule[] {
  const into = [meta('oifname', '==', bridge), meta('iifname', '!=', bridge)];
  const outOf = [meta('iifname', '==', bridge), meta('oifname', '!=', bridge)];
  if (spec.profile === 'internal') {
    return [
      drop(...into, state('invalid', 'new', 'untracked')),
      drop(...outOf, state('invalid', 'new', 'untracked')),
    ];
  }
  if (spec.profile !== 'nat') return [];
  return [
    drop(...into, state('new'), notTranslated),
    // What has no connection has no status either, and would pass the rule above.
    drop(...into, state('invalid', 'untracked')),
    ...masquerade(bridge, spec.subnet),
  ];
}

/** Whether members leave through this host, which must forward their packets. */
export function needsForwarding({ profile, subnet }: NetworkSpec): boolean {
  return profile === 'nat' && subnet !== undefined;
}

/** Whether a rule translates addresses: only a network with `nat` has such ones. */
export function isMasquerade(rule: { readonly expr: readonly unknown[] }): boolean {
  return rule.expr.some((part) => typeof part === 'object' && part !== null && 'masquerade' in part);
}

function masquerade(bridge: string, text: string | undefined): readonly Rule[] {
  const subnet = parseSubnet(text ?? '');
  if (subnet === undefined) return [];
  const prefix = { addr: formatIp(subnet.network), len: subnet.prefix };
  const fromIt = match('==', { payload: { protocol: 'ip', field: 'saddr' } }, { prefix });
  const translate = { masquerade: null };
  return [
    { chain: 'postrouting', expr: [fromIt, meta('oifname', '!=', bridge), translate] },
    // A member that uses a published port of another one must see the answer come from the host.
    { chain: 'postrouting', expr: [fromIt, meta('oifname', '==', bridge), translated, translate] },
  ];
}

const translated = match('in', { ct: { key: 'status' } }, 'dnat');
const notTranslated = match('!', { ct: { key: 'status' } }, 'dnat');

function drop(...conditions: readonly unknown[]): Rule {
  return { chain: 'forward', expr: [...conditions, { drop: null }] };
}

/** One state stands alone, several in the order of their bits: as they are printed. */
function state(...states: readonly string[]): unknown {
  return match('in', { ct: { key: 'state' } }, states.length === 1 ? states[0] : states);
}

function meta(key: 'iifname' | 'oifname', op: '==' | '!=', link: string): unknown {
  return match(op, { meta: { key } }, link);
}

function match(op: string, left: unknown, right: unknown): unknown {
  return { match: { op, left, right } };
}
