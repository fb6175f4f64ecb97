import type { Address, Resource } from '../../schema/manifest.ts';
import type { Dependencies } from '../reconciler.ts';
import { create } from './create.ts';
import { diffDisk, diffGrowth } from './diffDisk.ts';
import { deviceChanges, diffOwnDevices, diffPlug } from './diffGpus.ts';
import { diffNic, nicChanges } from './diffNic.ts';
import { diffGone } from './diffGone.ts';
import { diffLink, diffRecord, diffReservation } from './diffNetwork.ts';
import { diffRun, restartFor } from './diffRun.ts';
import { isAbsent } from './lookAt.ts';
import { diffMediated } from './mediated.ts';
import type { VmSeen } from './seen.ts';
import { step, stepIds, type VmStep } from './step.ts';

/** Pure: what makes the host look like the NovaFile. Whatever a running QEMU cannot take up stops it first. */
export function diff(input: {
  readonly address: Address;
  readonly resource: Resource<'vm'> | undefined;
  readonly seen: VmSeen | undefined;
  readonly deps: Dependencies;
}): readonly VmStep[] {
  const { resource, seen, deps } = input;
  if (resource === undefined) return seen === undefined ? [] : diffGone(seen);
  if (seen === undefined || isAbsent(seen)) return create(resource, deps, seen);
  const made = [
    ...adopted(seen),
    ...(seen.was === undefined
      ? []
      : [step('moved', `it was ${seen.was}`, [{ path: 'address', before: seen.was, after: seen.address }])]),
    ...(seen.owned ? [] : [step('owner', 'the files that say whose it is are gone')]),
    ...diffLink(resource, seen, deps),
    ...diffReservation(resource, seen, deps),
    ...diffRecord(resource, seen, deps),
    ...diffDisk(resource, seen, deps),
    ...diffGrowth(resource, seen),
    ...diffOwnDevices(resource, seen, deps),
    ...diffMediated(resource, seen, deps),
  ];
  if (resource.spec.state === 'stopped') return inOrder([...halt(seen), ...made]);
  const cause = seen.process === undefined ? undefined : restartFor(resource, seen, deps, made);
  const run =
    cause === undefined
      ? [
          ...diffRun(resource, seen),
          ...diffPlug(deviceChanges(resource, seen, deps)),
          ...diffNic(nicChanges(resource, seen, deps)),
        ]
      : stopAndStart(cause);
  return inOrder([...made, ...run]);
}

function adopted({ forgotten, address }: VmSeen): readonly VmStep[] {
  if (forgotten !== true) return [];
  const change = { path: 'adopts', before: undefined, after: 'the machine that was given up' };
  return [step('adopt', `it was given up, and becomes ${address} again`, [change])];
}

function inOrder(steps: readonly VmStep[]): readonly VmStep[] {
  return steps.toSorted((a, b) => stepIds.indexOf(a.id) - stepIds.indexOf(b.id));
}

/** One that is declared as stopped keeps everything but its QEMU. */
function halt({ busy, process, leftover }: VmSeen): readonly VmStep[] {
  if (!busy && process === undefined)
    return leftover === true ? [step('stop', 'something of its last run is left')] : [];
  const change = { path: 'state', before: 'running', after: 'stopped' };
  return [step('stop', 'it runs, and is declared as stopped', [change], { effect: 'restart' })];
}

function stopAndStart({ reason, changes, effect, class: drift }: VmStep): readonly VmStep[] {
  const options = { effect, class: drift };
  return [step('stop', reason, changes, options), step('start', reason, [], options)];
}
