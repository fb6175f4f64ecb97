import type { Address } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import type { Dependencies, FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import { findBridge } from '../findParts.ts';
import { leadsInto } from './publishedTo.ts';
import type { Rule } from './ruleset.ts';
import type { NetworkSeen } from '../seen.ts';
import { addressType, drop, masquerade, meta, payload, translated } from './statements.ts';
import type { Task } from '../task.ts';

/**
 * Whether ports of the host lead into a network, which then are ports of 127.0.0.1 as well: why and how is told in
 * `.github/decisions/forwarding.md`.
 */
export function opensLoopback(address: Address, spec: NetworkSpec, deps: Dependencies): boolean {
  return spec.subnet !== undefined && leadsInto(address, spec, deps);
}

/**
 * What the host sends to such a port comes from its address in the network, where the answer finds it. The bridge takes
 * what has an address of the loopback for what it is: somebody who wants in.
 */
export function loopbackRules(bridge: string): readonly Rule[] {
  const prefix = { addr: '127.0.0.0', len: 8 };
  const guard = (field: 'saddr' | 'daddr'): Rule => {
    return {
      chain: 'raw',
      expr: [meta('iifname', '==', bridge), payload('ip', field, { prefix }), drop],
    };
  };
  const own = [meta('oifname', '==', bridge), addressType('saddr', 'local'), translated, masquerade];
  return [guard('daddr'), guard('saddr'), { chain: 'postrouting', expr: own }];
}

/** The sysctl of a bridge by which the kernel routes what comes from 127.0.0.1 to it. */
export function localnetKey(bridge: string): string {
  return `net/ipv4/conf/${bridge}/route_localnet`;
}

/** Pure: it is opened after the rules that guard it are there, and closed before they go. */
export function diffLoopback(
  opens: boolean,
  { localnet, link }: NetworkSeen,
): { readonly before: readonly NetworkStep[]; readonly after: readonly NetworkStep[] } {
  const nothing = { before: [], after: [] };
  const wanted = opens ? '1' : '0';
  if (link === undefined) return { ...nothing, after: opens ? [open] : [] };
  // What somebody else made may be open for a reason of theirs.
  if (localnet === wanted || (!opens && (localnet === undefined || link.adopted === true))) return nothing;
  const change = { path: 'route_localnet', before: localnet, after: wanted };
  const reason = `route_localnet of the bridge is ${localnet ?? 'not there'}`;
  return opens
    ? { before: [], after: [step(reason, change)] }
    : { before: [step(reason, change)], after: [] };
}

/** Pure: the step of a network whose bridge is made. */
export const open = step('published ports are reached at 127.0.0.1 as well');

export async function setLoopback({ host, place }: Task, opens: boolean): Promise<void> {
  const link = findBridge(await host.view().links(), place);
  if (link !== undefined) await host.sysctls.set(localnetKey(link.name), opens ? '1' : '0');
}

function step(reason: string, ...changes: FieldChange[]): NetworkStep {
  return { id: 'localnet', effect: 'live', class: 'changed', reason, changes };
}
