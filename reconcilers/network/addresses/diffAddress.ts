import type { NetworkSpec } from '../../../schema/network.ts';
import type { FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import type { BridgeSeen } from '../seen.ts';

/** Pure: the host's own addresses on a bridge; without one, all of them are missing. */
export function diffAddress(spec: NetworkSpec, link: BridgeSeen | undefined): readonly NetworkStep[] {
  const changes = [
    ...changeOf('subnet', link?.addresses, spec.subnet),
    ...changeOf('subnet6', link?.addresses6, spec.subnet6),
  ];
  const [first] = changes;
  if (first === undefined) return [];
  const what = first.path === 'subnet6' ? 'IPv6 address' : 'address';
  const reason = first.before === undefined ? `the bridge has no ${what}` : `the bridge has ${first.before}`;
  const kind = link === undefined ? 'missing' : 'changed';
  return [{ id: 'address', effect: 'live', class: kind, reason, changes }];
}

interface AddressChange extends FieldChange {
  readonly before: string | undefined;
}

function changeOf(
  path: string,
  seen: readonly string[] = [],
  wanted: string | undefined,
): readonly AddressChange[] {
  const before = seen.length === 0 ? undefined : seen.join(', ');
  return before === wanted ? [] : [{ path, before, after: wanted }];
}
