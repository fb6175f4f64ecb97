import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isAlike, spelled } from '../../../../reconcilers/network/rules/statements.ts';

describe('isAlike', () => {
  // Few keys and values, so that two of them are often the same, or nearly so.
  const part = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(0, 1, '', 'a', null, true),
      fc.array(tie('any'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).any;

  it('says of any two parts what their texts say', () => {
    fc.assert(
      fc.property(part, part, (one, other) => {
        expect(isAlike(one, other)).toBe(spelled([one]) === spelled([other]));
      }),
    );
  });

  it('does not care for the order of keys, at any depth', () => {
    fc.assert(
      fc.property(part, (one) => {
        expect(isAlike(one, turned(one))).toBe(true);
      }),
    );
  });
});

/** The same with all keys the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, turned(item)] as const)
      .toReversed(),
  );
}
