import type { Effect } from '../reconciler.ts';
import { vmPaths } from './paths.ts';
import type { VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** Pure: everything of a machine that is not declared any more goes, in the order in which nothing misses it. */
export function diffGone(seen: VmSeen): readonly VmStep[] {
  const remove = (
    id: VmStep['id'],
    what: string,
    there: boolean,
    effect: Effect = 'live',
  ): readonly VmStep[] =>
    there ? [step(id, `${what} of a machine that is not declared`, [], { class: 'unmanaged', effect })] : [];
  const disk = seen.disk !== undefined;
  return [
    ...remove('stop', 'processes', seen.busy || seen.process !== undefined),
    ...remove('devices.return', 'devices', seen.gpus?.record !== undefined),
    ...remove('mediated.return', 'mediated devices', (seen.gpus?.made.length ?? 0) > 0),
    ...remove('record', 'DNS record', seen.records.length > 0),
    ...remove('reservation', 'address', seen.reservations.length > 0),
    ...remove('link', 'link', seen.link !== undefined),
    ...remove('files', disk ? 'disk' : 'files', true, disk ? 'data-loss' : 'live'),
  ];
}

/** Pure: what it takes to give it up; the reason says what stays. */
export function diffForget({ scope, identity, process }: VmSeen): readonly VmStep[] {
  const { cgroup, data } = vmPaths(scope, identity);
  const runs =
    process === undefined
      ? 'it does not run'
      : `its QEMU, process ${process.pid}, goes on in cgroup ${cgroup}`;
  return [step('forget', `${runs}; its disk and its log stay in ${data}`, [], { class: 'unmanaged' })];
}
