import type { NetworkSpec } from '../../../schema/network.ts';
import type { FieldChange } from '../../reconciler.ts';
import type { NetworkStep } from '../diff.ts';
import type { PortSeen, UplinksSeen } from './lookAtUplinks.ts';
import { portsOf } from './uplinkMoves.ts';
import type { NetworkSeen } from '../seen.ts';

/** Pure: what a bridge that is made gets of interfaces of the host. */
export function createUplinks(spec: NetworkSpec): readonly NetworkStep[] {
  const ports = portsOf(spec);
  if (ports.length === 0) return [];
  const change = { path: 'interfaces', before: undefined, after: ports };
  return [
    step(
      `${listed(ports)} ${ports.length === 1 ? 'becomes its port' : 'become its ports'}; addresses and routes move to the bridge`,
      'missing',
      [change],
    ),
  ];
}

/**
 * Pure: interfaces of the host that become ports, or cease to be some, and what they carry. All of it is `live`: who is
 * on the bridge keeps its link, and the host its addresses.
 */
export function diffUplinks(spec: NetworkSpec, { link, uplinks }: NetworkSeen): readonly NetworkStep[] {
  if (uplinks === undefined) return [];
  const wanted = portsOf(spec);
  const ports = uplinks.ports.filter(({ name }) => wanted.includes(name));
  const inside = uplinks.ports.filter(({ master }) => master !== undefined && master === link?.name);
  const changes: readonly FieldChange[] = [
    ...membership(wanted, inside),
    ...ports.flatMap((port) => repaired(port, spec.mtu)),
    ...(uplinks.lost.length === 0
      ? []
      : [{ path: 'addresses', before: undefined, after: uplinks.lost.join(', ') }]),
  ];
  if (changes.length > 0) return [step(reasonFor(changes, wanted, inside, uplinks), 'changed', changes)];
  if (uplinks.unsettled) return [step('a change to its interfaces was cut off', 'changed', [])];
  const stale = uplinks.ports.some(({ name }) => !wanted.includes(name));
  if (uplinks.noted && !stale) return [];
  return [step('it is noted otherwise what its interfaces were before', 'changed', [])];
}

/** Pure: ports go back to what they were before the bridge goes. */
export function removeUplinks({ uplinks }: NetworkSeen): readonly NetworkStep[] {
  if (uplinks === undefined) return [];
  const names = uplinks.ports.map(({ name }) => name);
  const reason =
    names.length === 0
      ? 'a change to its interfaces was cut off'
      : `${listed(names)} ${names.length === 1 ? 'goes' : 'go'} back to the host, with addresses and routes`;
  const change = { path: 'interfaces', before: names, after: undefined };
  return [{ ...step(reason, 'unmanaged', [change]), id: 'uplinks.release' }];
}

function membership(wanted: readonly string[], inside: readonly PortSeen[]): readonly FieldChange[] {
  const before = inside.map(({ name }) => name);
  const same = before.length === wanted.length && wanted.every((name) => before.includes(name));
  return same
    ? []
    : [
        {
          path: 'interfaces',
          before: before.length === 0 ? undefined : before,
          after: wanted.length === 0 ? undefined : wanted,
        },
      ];
}

function repaired({ name, up, mtu, carries }: PortSeen, wanted: number): readonly FieldChange[] {
  return [
    ...(up ? [] : [{ path: name, before: 'down', after: 'up' }]),
    ...(mtu >= wanted ? [] : [{ path: `${name}.mtu`, before: mtu, after: wanted }]),
    ...(carries.length === 0
      ? []
      : [{ path: `${name}.addresses`, before: carries.join(', '), after: undefined }]),
  ];
}

function reasonFor(
  changes: readonly FieldChange[],
  wanted: readonly string[],
  inside: readonly PortSeen[],
  { lost }: UplinksSeen,
): string {
  const comes = wanted.filter((each) => !inside.some(({ name }) => name === each));
  const goes = inside.filter(({ name }) => !wanted.includes(name)).map(({ name }) => name);
  if (comes.length > 0)
    return `${listed(comes)} ${comes.length === 1 ? 'is no port' : 'are no ports'} of it; addresses and routes move to the bridge`;
  if (goes.length > 0)
    return `${listed(goes)} ${goes.length === 1 ? 'goes' : 'go'} back to the host, with addresses and routes`;
  if (lost.length > 0) return `what came along is gone: ${lost.join(', ')}`;
  return changes.map(({ path, before }) => `${path} is ${String(before)}`).join(', ');
}

function listed(names: readonly string[]): string {
  return names.join(', ');
}

function step(reason: string, kind: NetworkStep['class'], changes: readonly FieldChange[]): NetworkStep {
  return { id: 'uplinks', effect: 'live', class: kind, reason, changes };
}
