import type { NetworkSpec } from '../../schema/network.ts';
import { originOf } from '../past.ts';
import type { FieldChange } from '../reconciler.ts';
import type { NetworkStep } from './diff.ts';
import { isForForwarding, needsForwarding } from './networkRules.ts';
import type { NetworkSeen } from './seen.ts';
import type { Task } from './task.ts';

/**
 * Pure. Where forwarding is on already, it still has to be known who needs it: the rules of a network whose members leave it
 * stand for that, so this comes before them.
 */
export function diffForwarding(
  spec: NetworkSpec,
  { rules, forwarding }: NetworkSeen,
): readonly NetworkStep[] {
  const counted = rules.rules.some(isForForwarding);
  if (!needsForwarding(spec)) return counted ? [step('nothing here needs ip_forward any more')] : [];
  if (forwarding !== '1') {
    const change = { path: 'ip_forward', before: forwarding, after: '1' };
    return [step(`net.ipv4.ip_forward is ${forwarding ?? 'not there'}`, change)];
  }
  return counted ? [] : [step('members reach other networks through this host')];
}

/** Counts the network among those that need forwarding, or not any more. */
export async function setForwarding({ host, place }: Task, spec: NetworkSpec | undefined): Promise<void> {
  const user = `${host.project}/${originOf(place.scope, place.address)}`;
  if (spec !== undefined && needsForwarding(spec))
    await host.sysctls.borrow('net.ipv4.ip_forward', '1', user);
  else await host.sysctls.giveBack('net.ipv4.ip_forward', user);
}

function step(reason: string, ...changes: FieldChange[]): NetworkStep {
  return { id: 'forwarding', effect: 'live', class: 'changed', reason, changes };
}
