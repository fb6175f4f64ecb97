import { currentAddresses } from './address.ts';
import { publishedBy } from '../network/rules/portRules.ts';
import type { ContainerSeen } from './seen.ts';

/** Pure: a line for `ls`. */
export function describe(seen: ContainerSeen): { readonly state: string; readonly details: string } {
  const { ip, ip6 } = currentAddresses(seen);
  return {
    state: stateOf(seen),
    details: [...[ip, ip6].filter((each) => each !== undefined), ...publishedBy(seen.rules.rules)].join(', '),
  };
}

function stateOf({ phase, exit }: ContainerSeen): string {
  switch (phase) {
    case 'frozen':
    case 'signalled':
      return 'paused';
    case 'exited':
      return exit === 0 ? 'completed' : `exited (${exit})`;
    case 'gone':
      return 'stopped';
    case 'running':
    case 'created':
    case 'restarting':
      return phase;
  }
}
