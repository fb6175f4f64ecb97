import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import type { MemberAddresses } from '../network/dnsmasq/memberRecord.ts';
import { currentAddresses } from './address.ts';
import { desiredNetwork } from './desired.ts';
import { isMisplaced, macvtapChanges } from './macvtap.ts';
import type { Placed, VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** Pure: the TAP on its bridge. One that is gone is made again, and QEMU has to be started to take it. */
export function diffLink(resource: Resource<'vm'>, seen: VmSeen, deps: Dependencies): readonly VmStep[] {
  const desired = desiredNetwork(seen, resource, deps);
  const { link } = seen;
  if (desired === undefined) {
    if (link === undefined) return [];
    const current = link.macvtap?.over ?? link.master;
    return [step('link', 'it is connected', [{ path: 'network', before: current, after: undefined }])];
  }
  if (link === undefined) {
    return [
      step('link', 'it is not connected', [{ path: 'network', before: undefined, after: desired.bridge }]),
    ];
  }
  if (isMisplaced(desired, link)) {
    const current = link.macvtap?.over ?? link.master;
    const change = { path: 'network', before: current, after: desired.bridge };
    return [step('link', `it is on ${current ?? 'no bridge'}`, [change])];
  }
  if (desired.macvlan === true) return mended(macvtapChanges(desired, seen, link));
  const master =
    link.master !== undefined && desired.bridges.includes(link.master) ? desired.bridge : link.master;
  const bridge = link.up ? master : `${master ?? 'no bridge'}, down`;
  const changes: readonly FieldChange[] = [
    ...field('network', bridge, desired.bridge),
    ...field('mtu', link.mtu, desired.mtu),
  ];
  const [first] = changes;
  if (first === undefined) return [];
  const reason =
    first.path === 'network' ? `it is on ${bridge ?? 'no bridge'}` : `the mtu of its link is ${link.mtu}`;
  return [step('link', reason, changes)];
}

function mended(changes: readonly FieldChange[]): readonly VmStep[] {
  const [first] = changes;
  if (first === undefined) return [];
  const what = first.path === 'network' ? 'its link' : `the ${first.path} of its link`;
  return [step('link', `${what} is ${String(first.path === 'network' ? 'down' : first.before)}`, changes)];
}

/** Pure: what its DHCP server is told. A machine asks when it starts, so that another address starts it again. */
export function diffReservation(
  resource: Resource<'vm'>,
  seen: VmSeen,
  deps: Dependencies,
): readonly VmStep[] {
  const desired = desiredNetwork(seen, resource, deps);
  const { reservations } = seen;
  if (isAt(reservations, desired?.reservation)) return [];
  const now = currentAddresses(seen);
  const wanted: MemberAddresses = desired?.reservation ? desired.ips : { ip: undefined, ip6: undefined };
  const changes = [...field('ip', now.ip, wanted.ip), ...field('ip6', now.ip6, wanted.ip6)];
  const moves = changes.some(({ before, after }) => before !== undefined && after !== undefined);
  const texts = [reservations[0]?.text.trim(), desired?.reservation?.text.trim()];
  const otherwise = { path: 'reservation', before: texts[0], after: texts[1] };
  return [
    step('reservation', reservationReason(changes[0]), changes.length === 0 ? [otherwise] : changes, {
      effect: moves && seen.process !== undefined ? 'restart' : 'live',
    }),
  ];
}

function reservationReason(
  change: { readonly path: string; readonly before: string | undefined } | undefined,
): string {
  if (change === undefined) return 'its address is reserved otherwise';
  const what = change.path === 'ip6' ? 'IPv6 address' : 'address';
  return change.before === undefined ? `it has no ${what}` : `its ${what} is ${change.before}`;
}

/** Pure: its name. */
export function diffRecord(resource: Resource<'vm'>, seen: VmSeen, deps: Dependencies): readonly VmStep[] {
  const record = desiredNetwork(seen, resource, deps)?.record;
  const { records } = seen;
  if (isAt(records, record)) return [];
  const before = records.length === 0 ? undefined : records.map(({ text }) => text.trim()).join(', ');
  const reason = before === undefined ? 'its name is not known' : 'its name is known otherwise';
  return [step('record', reason, [{ path: 'dns', before, after: record?.text.trim() }])];
}

/** It is there as it should be, and nowhere else. */
function isAt(found: readonly Placed[], wanted: Placed | undefined): boolean {
  if (wanted === undefined) return found.length === 0;
  return found.length === 1 && found[0]?.path === wanted.path && found[0].text === wanted.text;
}

function field<T>(
  path: string,
  before: T,
  after: T,
): readonly { readonly path: string; readonly before: T; readonly after: T }[] {
  return before === after ? [] : [{ path, before, after }];
}
