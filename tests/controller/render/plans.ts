import type { Step } from '../../../reconcilers/reconciler.ts';
import type { Address } from '../../../schema/manifest.ts';
import { type Plan, type PlannedResource, summarize } from '../../../controller/plan/plan.ts';

export function step(id: string, more: Partial<Step> = {}): Step {
  return { id, effect: 'live', reason: `${id} is needed`, class: 'changed', changes: [], ...more };
}

export function planned(address: Address, more: Partial<PlannedResource> = {}): PlannedResource {
  return {
    address,
    kind: address.split('.')[0] as PlannedResource['kind'],
    action: 'no-op',
    steps: [],
    waitsFor: [],
    spec: {},
    outputs: {},
    unknownOutputs: [],
    drift: undefined,
    problems: [],
    fingerprint: '',
    ...more,
  };
}

export function planOf(...resources: readonly PlannedResource[]): Plan {
  return { project: 'demo', resources, intruders: [], summary: summarize(resources), hash: 'abc' };
}

/** One of everything that a reader of plans can meet. */
export const everything = planOf(
  planned('network.lan', {
    action: 'create',
    spec: { type: 'bridge', subnet: '192.168.77.1/24', mtu: 1500 },
    outputs: { bridge: 'lan', subnet: '192.168.77.0/24' },
    steps: [step('bridge', { class: 'missing' })],
  }),
  planned('container.web', {
    action: 'update',
    spec: { capsule: '/srv/web', limits: { memory: 67108864 }, env: { A: '1' }, volumes: [] },
    steps: [
      step('limits', { changes: [{ path: 'limits.memory', before: 33554432, after: 67108864 }] }),
      step('restart', {
        effect: 'restart',
        changes: [
          { path: 'env.A', before: undefined, after: '1' },
          { path: 'env.B', before: '2', after: undefined },
        ],
      }),
    ],
  }),
  planned('container.db', {
    action: 'replace',
    spec: { capsule: '/srv/db2', command: ['db'] },
    unknownOutputs: ['pid'],
    steps: [
      step('root', {
        effect: 'replace',
        changes: [{ path: 'capsule', before: '/srv/db1', after: '/srv/db2' }],
      }),
    ],
  }),
  planned('container.old', { action: 'delete', spec: undefined, steps: [step('stop'), step('files')] }),
  planned('volume.scratch', {
    action: 'delete',
    spec: undefined,
    steps: [step('delete', { effect: 'data-loss', reason: 'it is not declared any more' })],
  }),
  planned('volume.attic', { action: 'keep', spec: undefined }),
  planned('container.fine', { spec: { capsule: '/srv/fine' } }),
);
