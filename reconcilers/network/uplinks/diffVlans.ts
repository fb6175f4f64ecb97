import type { NetworkSpec } from '../../../schema/network.ts';
import type { FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import type { NetworkSeen } from '../seen.ts';
import { tagged, taggedUplink, type VlanSeen } from './vlans.ts';

/** Pure: what a bridge that is made gets of VLANs of the host's interfaces. */
export function createVlans(spec: NetworkSpec): readonly NetworkStep[] {
  const [wanted, uplink] = [tagged(spec), taggedUplink(spec)];
  const change = { path: 'vlan', before: undefined, after: spec.vlan };
  if (uplink !== undefined) {
    const what = spec.type === 'macvlan' ? 'what members share' : 'the way out';
    return [step(`VLAN ${spec.vlan} of ${uplink} is ${what}`, 'missing', [change])];
  }
  if (wanted.length === 0) return [];
  return [step(`VLAN ${spec.vlan} of ${wanted.join(', ')} becomes its port`, 'missing', [change])];
}

/** Pure: the interfaces themselves stay the host's, with addresses and routes. */
export function diffVlans(spec: NetworkSpec, { link, vlans = [] }: NetworkSeen): readonly NetworkStep[] {
  const uplink = taggedUplink(spec);
  const wanted = uplink === undefined ? tagged(spec) : [uplink];
  const names = [...new Set([...wanted, ...vlans.map(({ over }) => over)])];
  const changes = names.flatMap((over) => {
    const port = uplink === undefined;
    const after = wanted.includes(over)
      ? describe(spec, port ? (link?.name ?? 'the bridge') : undefined)
      : undefined;
    const found = vlans.filter((each) => each.over === over);
    const least = spec.type === 'macvlan' ? spec.mtu : 0;
    const before = found.length === 0 ? undefined : found.map((each) => seen(each, port, least)).join(', ');
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

/** @param bridge undefined: it is a port of none, and as wide as its interface */
function describe({ vlan, mtu }: NetworkSpec, bridge: string | undefined): string {
  return bridge === undefined ? `${vlan}, up` : `${vlan} on ${bridge}, up, mtu ${mtu}`;
}

/** @param least bytes that links over it need */
function seen({ id, master, up, mtu, deaf }: VlanSeen, port: boolean, least: number): string {
  const hears = deaf === true ? ', deaf to its router' : '';
  const narrow = mtu < least ? `, mtu ${mtu}` : '';
  if (!port && master === undefined) return `${id}, ${up ? 'up' : 'down'}${hears}${narrow}`;
  return `${id} on ${master ?? 'no bridge'}, ${up ? 'up' : 'down'}, mtu ${mtu}`;
}

function step(reason: string, kind: NetworkStep['class'], changes: readonly FieldChange[]): NetworkStep {
  return { id: 'vlans', effect: 'live', class: kind, reason, changes };
}
