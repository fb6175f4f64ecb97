import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies } from '../../reconciler.ts';
import { egressLink } from './egress.ts';
import { bridgeName } from '../names.ts';
import type { RulesPlace } from '../rules/parties.ts';
import type { Rule } from '../rules/ruleset.ts';
import { drop, match, meta, notTranslated, state } from '../rules/statements.ts';

/**
 * What members open leaves by the uplink, or stays on this host: whatever leads elsewhere, be it a route of a VPN's, is no way for
 * it. Ports that this host publishes, and networks that let somebody in, answer for themselves; what members answer is free.
 */
export function egressRules(place: RulesPlace, spec: NetworkSpec, deps: Dependencies): readonly Rule[] {
  const link = egressLink(spec);
  if (link === undefined) return [];
  const here = (deps.networks?.() ?? [])
    .filter(({ spec: other }) => other.profile !== 'external' && other.allow !== undefined)
    .map(({ name }) => bridgeName(place.scope, place.project, name))
    .filter((bridge) => bridge !== place.bridge);
  const elsewhere = [
    meta('oifname', '!=', link),
    meta('iifname', '==', place.bridge),
    ...[place.bridge, ...here].map((bridge) => meta('oifname', '!=', bridge)),
  ];
  const opened = match('==', { ct: { key: 'direction' } }, 'original');
  return [
    { chain: 'forward', expr: [...elsewhere, opened, notTranslated, drop] },
    // What has no connection has no direction either.
    { chain: 'forward', expr: [...elsewhere, state('invalid', 'untracked'), drop] },
  ];
}
