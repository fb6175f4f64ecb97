import type { Reconciler } from '../reconciler.ts';
import { converge } from './converge.ts';
import { diff } from './diff.ts';
import { observe } from './observe.ts';
import type { GpuSeen } from './seen.ts';

/** GPUs and other PCI devices: the language has them, and each is refused by name when planning. */
export const gpu: Reconciler<'gpu', GpuSeen> = {
  kind: 'gpu',
  uses: [],
  requires: () => [],
  unbuilt: () => [{ path: '', what: 'resources of kind gpu are not built yet' }],
  marks: async () => [],
  observe,
  diff,
  forget: () => [],
  converge,
  ready: async () => ({ ready: false, why: 'resources of kind gpu are not built yet', code: 'not-built' }),
  outputs: ({ spec }) => (spec.address === undefined ? {} : { address: spec.address }),
  outputNames: ['address', 'group'],
  describe: ({ address }) => ({ state: 'unknown', details: address }),
};
