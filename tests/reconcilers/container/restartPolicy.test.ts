import { describe, expect, it } from 'vitest';

import { afterExit, isCompleted, restarts } from '../../../reconcilers/container/restartPolicy.ts';

const rows = [
  { policy: 'always', status: 0, again: true, completed: false, reason: 'always means always' },
  { policy: 'always', status: 1, again: true, completed: false, reason: 'a failure is an end too' },
  { policy: 'on-failure', status: 0, again: false, completed: true, reason: 'it did what it was there for' },
  { policy: 'on-failure', status: 1, again: true, completed: false, reason: 'it failed' },
  { policy: 'on-failure', status: 137, again: true, completed: false, reason: 'it was killed' },
  { policy: 'never', status: 0, again: false, completed: true, reason: 'it did what it was there for' },
  { policy: 'never', status: 1, again: false, completed: false, reason: 'a failure is for a person to see' },
] as const;

describe('restarts and isCompleted', () => {
  it.each(rows)('decide $policy after status $status: $reason', ({ policy, status, again, completed }) => {
    expect(restarts(policy, status)).toBe(again);
    expect(isCompleted(policy, status)).toBe(completed);
  });
});

describe('afterExit', () => {
  it('leaves a capsule that is not to be restarted', () => {
    expect(afterExit('never', 1, { count: 0, startedAt: 0 }, 0)).toBeUndefined();
  });

  it('waits twice as long each time, from 0.1 s to 30 s', () => {
    const delays: number[] = [];
    for (let count = 0; count < 11;) {
      const next = afterExit('always', 1, { count, startedAt: 1000 }, 1500);
      if (next === undefined) break;
      delays.push(next.delay);
      count = next.count;
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('begins anew when it ran for 10 s', () => {
    expect(afterExit('always', 1, { count: 7, startedAt: 1000 }, 11_000)).toEqual({ delay: 100, count: 1 });
    expect(afterExit('always', 1, { count: 7, startedAt: 1000 }, 10_999)).toEqual({
      delay: 12_800,
      count: 8,
    });
  });
});
