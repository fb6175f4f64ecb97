import type { NetworkSpec } from '../../schema/network.ts';
import type { Dependencies } from '../reconciler.ts';
import { portRules } from './portRules.ts';
import { isMember } from './publishedTo.ts';
import type { Rule } from './ruleset.ts';

/** Rules for the ports of the host that lead to members, or to addresses, of a network. */
export function forwardRules({ forwards = [] }: NetworkSpec, deps: Dependencies): readonly Rule[] {
  return forwards.flatMap(({ to, port: container, ...forward }) => {
    const ip = isMember(to) ? deps.ip(to) : to;
    return ip === undefined ? [] : portRules([{ ...forward, container }], ip);
  });
}
