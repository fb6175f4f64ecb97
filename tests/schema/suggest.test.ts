import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { editDistance, suggest } from '../../schema/suggest.ts';

describe('suggest', () => {
  it.for([
    { written: 'lna', meant: 'lan', reason: 'swapped letters' },
    { written: 'dhcp-range', meant: 'dhcp_range', reason: 'another separator' },
    { written: 'MTU', meant: 'mtu', reason: 'another case' },
    { written: 'zzz', meant: undefined, reason: 'nothing is near' },
    { written: '', meant: undefined, reason: 'nothing is written' },
  ])('$reason', ({ written, meant }) => {
    expect(suggest(written, ['lan', 'dhcp_range', 'mtu'])).toBe(meant);
  });
});

describe('editDistance', () => {
  it('law: it is 0 for equal texts only, and the same both ways', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
      }),
    );
  });
});
