import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import { currentIp } from './address.ts';
import { desiredNetwork } from './desired.ts';
import type { Placed, VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** Pure: the TAP on its bridge. One that is gone is made again, and QEMU has to be started to take it. */
export function diffLink(resource: Resource<'vm'>, seen: VmSeen, deps: Dependencies): readonly VmStep[] {
  const desired = desiredNetwork(seen, resource, deps);
  const { link } = seen;
  if (desired === undefined) {
    if (link === undefined) return [];
    return [step('link', 'it is connected', [{ path: 'network', before: link.master, after: undefined }])];
  }
  if (link === undefined) {
    return [
      step('link', 'it is not connected', [{ path: 'network', before: undefined, after: desired.bridge }]),
    ];
  }
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

/** Pure: what its DHCP server is told. A machine asks when it starts, so that another address starts it again. */
export function diffReservation(
  resource: Resource<'vm'>,
  seen: VmSeen,
  deps: Dependencies,
): readonly VmStep[] {
  const desired = desiredNetwork(seen, resource, deps);
  const { reservations } = seen;
  if (isAt(reservations, desired?.reservation)) return [];
  const [before, after] = [currentIp(seen), desired?.reservation && desired.ip];
  const restarts =
    before !== undefined && after !== undefined && before !== after && seen.process !== undefined;
  const reason =
    before === undefined
      ? 'it has no address'
      : before === after
        ? 'its address is reserved otherwise'
        : `its address is ${before}`;
  const texts = [reservations[0]?.text.trim(), desired?.reservation?.text.trim()];
  const change =
    before === after
      ? { path: 'reservation', before: texts[0], after: texts[1] }
      : { path: 'ip', before, after };
  return [step('reservation', reason, [change], { effect: restarts ? 'restart' : 'live' })];
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

function field(path: string, before: unknown, after: unknown): readonly FieldChange[] {
  return before === after ? [] : [{ path, before, after }];
}
