import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies } from '../../reconciler.ts';
import { portRules, portRules6 } from './portRules.ts';
import { isMember } from './publishedTo.ts';
import type { Rule } from './ruleset.ts';

/** Rules for the ports of the host that lead to members, or to addresses, of a network. @param network its name */
export function forwardRules(
  network: string,
  { forwards = [] }: NetworkSpec,
  deps: Dependencies,
): readonly Rule[] {
  return forwards.flatMap(({ to, port: container, ...forward }) => {
    const [ip, ip6] = isMember(to) ? [deps.ip(to, network), deps.ip6?.(to, network)] : [to, undefined];
    const port = { ...forward, container };
    return [
      ...(ip === undefined ? [] : portRules([port], ip)),
      ...(ip6 === undefined ? [] : portRules6([port], ip6)),
    ];
  });
}
