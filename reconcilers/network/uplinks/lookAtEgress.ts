import type { NetworkSpec } from '../../../schema/network.ts';
import type { Routing } from '../../host/routing.ts';
import type { HostView, Link } from '../../host/view.ts';
import {
  egressLink,
  egressProtocol,
  type EgressSeen,
  egressTable,
  type Entry,
  givenUpProtocol,
  offerOf,
  priority,
} from './egress.ts';
import type { Place } from '../place.ts';
import type { RulesSeen } from '../rules/ruleset.ts';

/**
 * What leads the members of a network out by its uplink. Undefined where there is none of it and none is asked for; what the packet
 * filter has tells whether the namespace's routing has to be read at all.
 */
export async function lookAtEgress(
  view: HostView,
  host: { readonly links: readonly Link[]; readonly rules: RulesSeen },
  place: Place,
  spec: NetworkSpec | undefined,
): Promise<EgressSeen | undefined> {
  const link = spec && egressLink(spec);
  const { rules } = host;
  const flushed = rules.rules.length === 0 && spec?.profile !== 'external' && spec?.profile !== 'internal';
  if (link === undefined && !flushed && leadsOut(rules) === undefined) return undefined;
  const seen = egressSeen(await view.routing(), host.links, place, link);
  return link === undefined && seen.entries.length === 0 ? undefined : seen;
}

/** Pure. */
export function egressSeen(
  { rules, routes, refusals }: Routing,
  links: readonly Link[],
  place: Place,
  link: string | undefined,
): EgressSeen {
  const table = egressTable(place);
  const inTable = (entry: { readonly table: string }) => entry.table === table;
  const own = rules.filter(inTable);
  // One that leads to a table of the host's is the network's by whom it is about.
  const sources = new Set(own.map(({ from }) => from));
  const others = rules.filter(
    (rule) =>
      !inTable(rule) &&
      [egressProtocol, givenUpProtocol].includes(rule.protocol ?? '') &&
      rule.priority === priority.host &&
      sources.has(rule.from),
  );
  const entries: readonly Entry[] = [
    ...others,
    ...own,
    ...routes.filter(inTable).map((route) => ({ ...offerOf(route), protocol: route.protocol })),
    ...refusals.filter(inTable),
  ];
  const at = links.find(({ name }) => name === link);
  return {
    entries,
    offered: routes
      .filter((route) => route.link === link && route.protocol !== egressProtocol && !isLocal(route.to))
      .map(offerOf),
    direct: at?.up === true && at.mac === '',
  };
}

/** What holds on one link alone. */
function isLocal(to: string): boolean {
  return /^f[ef]/i.test(to);
}

/** The link by which alone rules let out what members open; undefined: they may leave by any. */
export function leadsOut({ rules }: Pick<RulesSeen, 'rules'>): string | undefined {
  const out = rules.flatMap(({ chain, expr }) =>
    chain === 'postrouting' && expr.length === 3 ? linkIn(expr[1]) : [],
  );
  return out[0];
}

function linkIn(condition: unknown): readonly string[] {
  const { match } = condition as {
    match?: { op?: string; left?: { meta?: { key?: string } }; right?: unknown };
  };
  const isLink = match?.op === '==' && match.left?.meta?.key === 'oifname';
  return isLink && typeof match.right === 'string' ? [match.right] : [];
}
