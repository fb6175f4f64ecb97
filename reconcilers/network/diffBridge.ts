import type { NetworkSpec } from '../../schema/network.ts';
import type { FieldChange } from '../reconciler.ts';
import type { NetworkStep } from './diff.ts';
import type { BridgeSeen, NetworkSeen } from './seen.ts';

/** Pure: the bridge itself; its members notice nothing. */
export function diffBridge(
  { mtu, stp }: NetworkSpec,
  { place, foreign, uplinks }: NetworkSeen,
  link: BridgeSeen,
): readonly NetworkStep[] {
  const changes = [
    ...differs('bridge', link.name, place.bridge),
    ...differs('link', link.up ? 'up' : 'down', 'up'),
    ...differs('mtu', link.mtu, mtu),
    ...(foreign === true || link.adopted === true ? [] : differs('mac', link.mac, uplinks?.mac ?? place.mac)),
    ...differs('stp', link.stp === true, stp === true),
  ];
  if (changes.length === 0) return [];
  const reason = changes.map(({ path, before }) => `${path} is ${String(before)}`).join(', ');
  const onlyDown = link.up ? 'changed' : 'stopped';
  const kind = changes.length === 1 ? onlyDown : 'changed';
  return [{ id: 'bridge.set', effect: 'live', class: kind, reason, changes }];
}

function differs(path: string, before: unknown, after: unknown): readonly FieldChange[] {
  return before === after ? [] : [{ path, before, after }];
}
