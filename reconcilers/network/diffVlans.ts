import type { NetworkSpec } from '../../schema/network.ts';
import type { FieldChange } from '../reconciler.ts';
import type { NetworkStep } from './diff.ts';
import type { NetworkSeen } from './seen.ts';
import { tagged, type VlanSeen } from './vlans.ts';

/** Pure: what a bridge that is made gets of VLANs of the host's interfaces. */
export function createVlans(spec: NetworkSpec): readonly NetworkStep[] {
  const wanted = tagged(spec);
  if (wanted.length === 0) return [];
  const change = { path: 'vlan', before: undefined, after: spec.vlan };
  return [step(`VLAN ${spec.vlan} of ${wanted.join(', ')} becomes its port`, 'missing', [change])];
}

/** Pure: the interfaces themselves stay the host's, with addresses and routes. */
export function diffVlans(spec: NetworkSpec, { link, vlans = [] }: NetworkSeen): readonly NetworkStep[] {
  const wanted = tagged(spec);
  const names = [...new Set([...wanted, ...vlans.map(({ over }) => over)])];
  const changes = names.flatMap((over) => {
    const after = wanted.includes(over) ? describe(spec, link?.name) : undefined;
    const found = vlans.filter((each) => each.over === over);
    const before = found.length === 0 ? undefined : found.map(seen).join(', ');
    return before === after ? [] : [{ path: `${over}.vlan`, before, after }];
  });
  if (changes.length === 0) return [];
  const reason = changes.map(({ path, before }) => `${path} is ${before ?? 'not there'}`).join(', ');
  return [step(reason, 'changed', changes)];
}

/** Pure: they go before the bridge does. */
export function removeVlans({ vlans = [] }: NetworkSeen): readonly NetworkStep[] {
  if (vlans.length === 0) return [];
  const what = vlans.map(({ over, id }) => `VLAN ${id} of ${over}`).join(', ');
  const change = { path: 'vlan', before: what, after: undefined };
  return [{ ...step(`${what} goes`, 'unmanaged', [change]), id: 'vlans.remove' }];
}

function describe({ vlan, mtu }: NetworkSpec, bridge: string | undefined): string {
  return `${vlan} on ${bridge ?? 'the bridge'}, up, mtu ${mtu}`;
}

function seen({ id, master, up, mtu }: VlanSeen): string {
  return `${id} on ${master ?? 'no bridge'}, ${up ? 'up' : 'down'}, mtu ${mtu}`;
}

function step(reason: string, kind: NetworkStep['class'], changes: readonly FieldChange[]): NetworkStep {
  return { id: 'vlans', effect: 'live', class: kind, reason, changes };
}
