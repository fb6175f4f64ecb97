import type { Mark } from '../identity.ts';
import { marksAmong } from '../ownerMarks.ts';
import type { Reconciler } from '../reconciler.ts';
import { converge } from './converge.ts';
import { describe } from './describe.ts';
import { diff, forget } from './diff.ts';
import { observe } from './observe.ts';
import { ready } from './ready.ts';
import { readRecords } from './record.ts';
import type { GpuSeen } from './seen.ts';
import type { GpuStep } from './step.ts';

/** GPUs and other PCI devices: handed over to machines by VFIO, split into virtual functions, and given back. */
export const gpu: Reconciler<'gpu', GpuSeen, GpuStep> = {
  kind: 'gpu',
  uses: [],
  requires: () => ['net-admin', 'cgroup2'],
  unbuilt: () => [],
  marks: async (view): Promise<readonly Mark[]> => {
    const records = await readRecords(view, view.scope);
    return marksAmong(
      view,
      'gpu',
      records.map(({ mark }) => mark),
    );
  },
  observe,
  diff,
  forget,
  converge,
  ready,
  outputs: ({ spec }, seen) => {
    const address = seen?.device?.address ?? spec.address;
    const group = seen?.device?.group;
    return { ...(address === undefined ? {} : { address }), ...(group === undefined ? {} : { group }) };
  },
  outputNames: ['address', 'group'],
  describe,
};
