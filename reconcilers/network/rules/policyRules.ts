import type { NetworkSpec } from '../../../schema/network.ts';
import type { AllowRule } from '../../../schema/rule.ts';
import type { Dependencies } from '../../reconciler.ts';
import { isFirst } from '../attachments.ts';
import { membersOf } from '../membersOf.ts';
import { bridgedRules } from './bridgedRules.ts';
import { lentBy } from './lent.ts';
import {
  ownChains,
  pairs,
  type RulesPlace,
  source,
  target,
  type Way,
  waysByAddress,
  waysElsewhere,
  waysHere,
} from './parties.ts';
import type { Rule } from './ruleset.ts';
import { publishedTo } from './publishedTo.ts';
import { gate } from './gate.ts';
import { drop, meta, notTranslated, payload, state } from './statements.ts';

/**
 * Who may open connections into a network, out of it and within it: what profile, policy and `allow` say together. What is let
 * through stands in chains of the network's own, each of which ends by dropping.
 */
export function policyRules(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Rule[] {
  const { bridge } = place;
  const { profile, policy } = spec;
  const closed = policy === 'closed';
  const outer = profile === 'external';
  const into = [meta('oifname', '==', bridge), meta('iifname', '!=', bridge)];
  const within = [meta('oifname', '==', bridge), meta('iifname', '==', bridge)];
  const outOf = [meta('iifname', '==', bridge), meta('oifname', '!=', bridge)];
  const entering = gate(`into-${ownChains(place)}`, [
    ...(closed ? published(place, spec, deps) : []),
    ...(closed && outer ? lentBy.map((ports) => [meta('iifname', '==', bridge), ...ports]) : []),
    ...allowed(spec, (rule) => waysInto(rule, place, deps)),
  ]);
  const leaving = gate(
    `out-${ownChains(place)}`,
    allowed(spec, (rule) => waysOut(rule, place, deps)),
  );
  // What has no connection has no status either, and would pass a rule about what was not translated.
  const unconnected = [state('invalid', 'untracked'), drop];
  const inward: readonly Rule[] =
    profile === 'internal'
      ? entering.refuse('forward', into, ['invalid', 'new', 'untracked'])
      : outer
        ? toMembers(place, spec, deps).flatMap((to) => [
            ...entering.refuse('forward', to, ['new'], notTranslated),
            { chain: 'forward', expr: [...to, meta('iifname', '!=', bridge), ...unconnected] },
          ])
        : [
            ...entering.refuse('forward', into, ['new'], notTranslated),
            { chain: 'forward', expr: [...into, ...unconnected] },
          ];
  return [
    ...inward,
    ...(closed && !outer ? entering.refuse('forward', within, ['new'], notTranslated) : []),
    ...(inward.length > 0 ? entering.chain : []),
    ...(profile === 'internal'
      ? [...leaving.refuse('forward', outOf, ['invalid', 'new', 'untracked']), ...leaving.chain]
      : []),
    ...(closed ? [...ownRules(place, spec, deps), ...bridgedRules(place, spec, deps)] : []),
  ];
}

/**
 * What leads to members of a closed network whose bridge leads elsewhere as well, so that the bridge alone says nothing: this
 * host and all who are behind it reach the world by it.
 */
function toMembers(
  place: RulesPlace,
  { policy }: NetworkSpec,
  deps: Dependencies,
): readonly (readonly unknown[])[] {
  if (policy !== 'closed') return [];
  return membersOf(place.address, deps).flatMap(({ address }) =>
    waysByAddress(address, target, place.address, deps).map(({ conditions }) => [
      meta('oifname', '==', place.bridge),
      ...conditions,
    ]),
  );
}

/** What this host itself opens: what is allowed to, the checks of members, and the answers of DHCP, which are no connections. */
function ownRules(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Rule[] {
  const onIt =
    spec.profile === 'external' ? toMembers(place, spec, deps) : [[meta('oifname', '==', place.bridge)]];
  const dhcp = [67, 547].map((port) => [payload('udp', 'sport', port)]);
  const checks = membersOf(place.address, deps).flatMap((member) => {
    const { http, tcp } = (member.kind === 'vm' ? member.spec.probe : member.spec.health) ?? {};
    const port = tcp ?? portIn(http);
    if (port === undefined || !isFirst(member.spec, place.address.slice('network.'.length))) return [];
    return waysByAddress(member.address, target, place.address, deps).map(({ conditions }) => [
      ...conditions,
      payload('tcp', 'dport', port),
    ]);
  });
  const asked = allowed(spec, (rule) => {
    const from = rule.from.type === 'host' ? [{ conditions: [] }] : fromAddresses(rule, place, deps);
    return pairs(from, waysHere(rule.to, target, place, deps));
  });
  const host = gate(`own-${ownChains(place)}`, [...dhcp, ...checks, ...asked]);
  if (onIt.length === 0) return [];
  return [...onIt.flatMap((to) => host.refuse('own', to, ['new'], notTranslated)), ...host.chain];
}

/** `:80/healthz` */
function portIn(http: string | undefined): number | undefined {
  return http === undefined ? undefined : Number(/^:([0-9]+)/.exec(http)?.[1]);
}

/** Members come to published ports without the way around by the host. */
function published(place: RulesPlace, spec: NetworkSpec, deps: Dependencies) {
  return publishedTo(place.address, spec, deps).flatMap(({ member, ip, port, protocol }) => {
    const within = meta('iifname', '==', place.bridge);
    const ways =
      member === undefined
        ? [{ conditions: [payload('ip', 'daddr', ip)] }]
        : waysByAddress(member, target, place.address, deps);
    return ways.map(({ conditions }) => [within, ...conditions, payload(protocol, 'dport', port)]);
  });
}

/** The host may be meant by its addresses, or with everybody. */
function fromAddresses({ from }: AllowRule, place: RulesPlace, deps: Dependencies): readonly Way[] {
  return from.type === 'any' || from.type === 'subnet' ? waysHere(from, source, place, deps) : [];
}

function waysInto({ from, to }: AllowRule, place: RulesPlace, deps: Dependencies): readonly Way[] {
  const here = waysHere(to, target, place, deps);
  const routed = waysElsewhere(from, source, place, deps);
  // One of its own may come back to it by the host.
  const own = from.type === 'resource' ? waysHere(from, source, place, deps) : [];
  const back = own.map((way) => ({
    ...way,
    conditions: [meta('iifname', '==', place.bridge), ...way.conditions],
  }));
  return pairs([...routed, ...back], here);
}

function waysOut({ from, to }: AllowRule, place: RulesPlace, deps: Dependencies): readonly Way[] {
  return pairs(waysHere(from, source, place, deps), waysElsewhere(to, target, place, deps));
}

function allowed(
  { allow = [] }: NetworkSpec,
  waysOf: (rule: AllowRule) => readonly Way[],
): readonly (readonly unknown[])[] {
  return allow.flatMap((rule) =>
    waysOf(rule).map(({ conditions }) => [
      ...conditions,
      ...(rule.port === undefined ? [] : [payload(rule.protocol, 'dport', rule.port)]),
    ]),
  );
}
