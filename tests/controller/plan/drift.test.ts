import { describe, expect, it } from 'vitest';

import { driftOf } from '../../../controller/plan/drift.ts';
import { planned, planOf, step } from '../render/plans.ts';

const moved = planned('network.lan', {
  action: 'update',
  spec: { mtu: 1500 },
  drift: 'changed',
  steps: [step('mtu', { changes: [{ path: 'mtu', before: 1400, after: 1500 }] })],
});

describe('driftOf', () => {
  it.each([
    { applied: { mtu: 1500 }, cause: 'host', reason: 'the NovaFile is as it was applied, so the host moved' },
    { applied: { mtu: 9000 }, cause: 'config', reason: 'the NovaFile was changed since' },
  ])('names $cause as the cause: $reason', ({ applied, cause }) => {
    expect(driftOf(planOf(moved), new Map([['network.lan', applied]]))).toMatchObject([
      {
        address: 'network.lan',
        class: 'changed',
        cause,
        fields: [{ path: 'mtu', desired: 1500, actual: 1400 }],
      },
    ]);
  });

  it('names no cause when nothing was ever applied', () => {
    expect(driftOf(planOf(moved), undefined)[0]?.cause).toBeUndefined();
  });

  it('names the NovaFile when a resource was taken out of it, and the host when it never was in', () => {
    const stray = planned('container.old', {
      action: 'delete',
      spec: undefined,
      drift: 'unmanaged',
      steps: [step('stop')],
    });
    expect(driftOf(planOf(stray), new Map([['container.old', {}]]))[0]?.cause).toBe('config');
    expect(driftOf(planOf(stray), new Map())[0]?.cause).toBe('host');
  });

  it('counts what a foreigner put into an object of ours as unmanaged', () => {
    const plan = {
      ...planOf(),
      intruders: [{ address: 'network.lan' as const, what: 'link veth9 on bridge lan' }],
    };
    expect(driftOf(plan, undefined)).toMatchObject([
      { class: 'unmanaged', reasons: ['link veth9 on bridge lan'] },
    ]);
  });

  it('is empty for a host that is as declared', () => {
    expect(driftOf(planOf(planned('network.lan')), new Map())).toEqual([]);
  });
});
