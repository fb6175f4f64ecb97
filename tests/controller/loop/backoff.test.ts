import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { jittered, retryDelay } from '../../../controller/loop/backoff.ts';

const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe('retryDelay', () => {
  it.each([
    { failures: 1, ms: 500 },
    { failures: 2, ms: 1000 },
    { failures: 5, ms: 8000 },
    { failures: 11, ms: 300_000 },
    { failures: 1000, ms: 300_000 },
  ])('is $ms ms after $failures failures, in the middle', ({ failures, ms }) => {
    expect(retryDelay(failures, 0.5)).toBe(ms);
  });

  it('law: never shrinks with more failures, and stays within a quarter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), chance, (failures, random) => {
        const middle = retryDelay(failures, 0.5);
        expect(retryDelay(failures + 1, random)).toBeGreaterThanOrEqual(retryDelay(failures, random));
        expect(Math.abs(retryDelay(failures, random) - middle)).toBeLessThanOrEqual(middle / 4);
      }),
    );
  });
});

describe('jittered', () => {
  it('law: is a tenth more or less', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), chance, (ms, random) => {
        expect(Math.abs(jittered(ms, random) - ms)).toBeLessThanOrEqual(ms / 10 + 1e-6);
      }),
    );
  });
});
