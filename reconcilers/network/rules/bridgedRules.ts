import type { NetworkSpec } from '../../../schema/network.ts';
import type { AllowRule } from '../../../schema/rule.ts';
import type { Dependencies } from '../../reconciler.ts';
import { lentBy, toldByRouters } from './lent.ts';
import { membersOf } from '../membersOf.ts';
import { isAnswer, note } from './ownSets.ts';
import { ownChains, pairs, portOf, type RulesPlace, source, target, waysByPort } from './parties.ts';
import { publishedTo } from './publishedTo.ts';
import type { Rule } from './ruleset.ts';
import { drop, give, goto, jump, match, meta, payload } from './statements.ts';

/**
 * What a bridge passes from port to port does not come by the rules for what is routed, and not every kernel tracks connections
 * there. So a closed network drops, before each port of a member, what opens something: why that is enough is told in
 * `.github/decisions/forwarding.md`.
 */
export function bridgedRules(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Rule[] {
  const own = ownChains(place);
  const ports = membersOf(place.address, deps).map(({ address }) => portOf(place, address, deps));
  if (ports.length === 0) return [];
  const outer = spec.profile === 'external';
  const inBase = (...expr: readonly unknown[]): Rule => ({ family: 'bridge', chain: 'bridged', expr });
  const inOwn = (name: string, ...expr: readonly unknown[]): Rule => {
    return { family: 'bridge', chain: `${name}-${own}`, expr };
  };
  const exceptions = [...published(place, spec, deps), ...allowed(place, spec, deps)];
  const noted = outer || exceptions.some(({ protocol }) => protocol !== 'tcp');
  const sets = noted ? families.map(([family, set]) => ({ family, set: `${set}-${own}` })) : [];
  const notes = sets.map(({ family, set }) => note(set, family));
  return [
    ...ports.map((port) => inBase(meta('oifname', '==', port), jump(`port-${own}`))),
    ...opensNothing.map((condition) => inOwn('port', condition, give)),
    ...sets.map(({ family, set }) => inOwn('port', isAnswer(set, family), give)),
    ...(outer ? [...lentBy, ...toldByRouters] : []).map((asked) =>
      inOwn('port', ...asked, goto(`lent-${own}`)),
    ),
    ...exceptions.map(({ conditions, protocol }) =>
      inOwn('port', ...conditions, protocol === 'tcp' ? give : goto(`sent-${own}`)),
    ),
    inOwn('port', drop),
    ...(exceptions.some(({ protocol }) => protocol !== 'tcp')
      ? notes.map((each) => inOwn('sent', each))
      : []),
    ...(outer ? outerRules(own, ports, notes, inBase, inOwn) : []),
  ];
}

const families = [
  ['ip', 'sent4'],
  ['ip6', 'sent6'],
] as const;

type Maker = (...expr: readonly unknown[]) => Rule;

/**
 * Where a bridge leads elsewhere, what members send there is noted, and who lends addresses there, or is a router, is heard;
 * a member that says it is one is not.
 */
function outerRules(
  own: string,
  ports: readonly string[],
  notes: readonly unknown[],
  inBase: Maker,
  inOwn: (name: string, ...expr: readonly unknown[]) => Rule,
): readonly Rule[] {
  return [
    ...ports.map((port) =>
      inBase(meta('iifname', '==', port), meta('l4proto', '==', 'udp'), jump(`away-${own}`)),
    ),
    // What goes to a member is noted when it is let through.
    ...ports.map((port) => inOwn('away', meta('oifname', '==', port), give)),
    ...notes.map((each) => inOwn('away', each)),
    ...ports.map((port) => inOwn('lent', meta('iifname', '==', port), drop)),
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

interface Exception {
  readonly conditions: readonly unknown[];
  /** `any`: what is said of no port. */
  readonly protocol: 'tcp' | 'udp' | 'any';
}

/** Whom ports of the host lead to anyway. */
function published(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Exception[] {
  return publishedTo(place.address, spec, deps).map(({ member, ip, port, protocol }) => {
    const asked =
      member === undefined ? payload('ip', 'daddr', ip) : meta('oifname', '==', portOf(place, member, deps));
    return { conditions: [asked, payload(protocol, 'dport', port)], protocol };
  });
}

function allowed(place: RulesPlace, { allow = [] }: NetworkSpec, deps: Dependencies): readonly Exception[] {
  return allow.flatMap(({ from, to, port, protocol }: AllowRule) =>
    pairs(waysByPort(from, source, place, deps), waysByPort(to, target, place, deps)).map(({ conditions }) =>
      port === undefined
        ? { conditions, protocol: 'any' as const }
        : { conditions: [...conditions, payload(protocol, 'dport', port)], protocol },
    ),
  );
}
