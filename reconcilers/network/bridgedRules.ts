import type { NetworkSpec } from '../../schema/network.ts';
import type { AllowRule } from '../../schema/rule.ts';
import type { Dependencies } from '../reconciler.ts';
import { membersOf } from './membersOf.ts';
import { ownChains, pairs, portOf, type RulesPlace, source, target, waysByPort } from './parties.ts';
import { publishedTo } from './publishedTo.ts';
import type { Rule } from './ruleset.ts';
import { drop, give, jump, match, meta, payload } from './statements.ts';

/**
 * What a bridge passes from port to port does not come by the rules for what is routed, and not every kernel tracks connections
 * there. So a closed network drops, before each port of a member, what opens something: why that is enough is told in
 * `.github/decisions/forwarding.md`.
 */
export function bridgedRules(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Rule[] {
  const name = `port-${ownChains(place)}`;
  const members = membersOf(place.address, deps);
  if (members.length === 0) return [];
  const inOwn = (conditions: readonly unknown[], verdict: unknown): Rule => {
    return { family: 'bridge', chain: name, expr: [...conditions, verdict] };
  };
  return [
    ...members.map(({ address }): Rule => {
      const expr = [meta('oifname', '==', portOf(place, address)), jump(name)];
      return { family: 'bridge', chain: 'bridged', expr };
    }),
    ...opensNothing.map((condition) => inOwn([condition], give)),
    ...published(place, spec, deps).map((conditions) => inOwn(conditions, give)),
    ...(spec.allow ?? []).flatMap((rule) =>
      exceptions(rule, place, deps).map((conditions) => inOwn(conditions, give)),
    ),
    inOwn([], drop),
  ];
}

/** The rest of a packet that was let through, neighbours who look for each other, answers, and errors. */
const opensNothing: readonly unknown[] = [
  meta('protocol', '==', 'arp'),
  ...['nd-neighbor-solicit', 'nd-neighbor-advert'].map((type) => payload('icmpv6', 'type', type)),
  match('!=', { '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, ['syn', 'ack']] }, 'syn'),
  ...['echo-reply', 'destination-unreachable', 'time-exceeded', 'parameter-problem'].map((type) =>
    payload('icmp', 'type', type),
  ),
  ...['echo-reply', 'destination-unreachable', 'packet-too-big', 'time-exceeded', 'parameter-problem'].map(
    (type) => payload('icmpv6', 'type', type),
  ),
  match('!=', { '&': [{ payload: { protocol: 'ip', field: 'frag-off' } }, 0x1fff] }, 0),
  match('!=', { exthdr: { name: 'frag', field: 'frag-off' } }, 0),
];

/** Whom ports of the host lead to anyway. */
function published(
  place: RulesPlace,
  spec: NetworkSpec,
  deps: Dependencies,
): readonly (readonly unknown[])[] {
  return publishedTo(place.address, spec, deps).flatMap(({ member, ip, port, protocol }) => {
    const asked =
      member === undefined ? payload('ip', 'daddr', ip) : meta('oifname', '==', portOf(place, member));
    const answers =
      member === undefined ? payload('ip', 'saddr', ip) : meta('iifname', '==', portOf(place, member));
    return [
      [asked, payload(protocol, 'dport', port)],
      ...(protocol === 'udp' ? [[answers, payload('udp', 'sport', port)]] : []),
    ];
  });
}

/** What a rule lets through; datagrams have no first one, so that their answers are let through by the port that they are from. */
function exceptions(rule: AllowRule, place: RulesPlace, deps: Dependencies): readonly (readonly unknown[])[] {
  const { from, to, port, protocol } = rule;
  const there = pairs(waysByPort(from, source, place, deps), waysByPort(to, target, place, deps));
  const back = pairs(waysByPort(to, source, place, deps), waysByPort(from, target, place, deps));
  if (port === undefined)
    return [
      ...there.map(({ conditions }) => conditions),
      ...back.map(({ conditions }) => [...conditions, meta('l4proto', '==', 'udp')]),
    ];
  const answers = back.map(({ conditions }) => [...conditions, payload('udp', 'sport', port)]);
  return [
    ...there.map(({ conditions }) => [...conditions, payload(protocol, 'dport', port)]),
    ...(protocol === 'udp' ? answers : []),
  ];
}
