import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hashOf } from '../../../controller/plan/hash.ts';
import { isSame } from '../../../controller/plan/same.ts';
import { sensitive } from '../../../schema/sensitive.ts';

const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 1 }),
    fc.constant(undefined),
    fc.bigInt(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('value'), { maxKeys: 3 }),
    fc
      .dictionary(fc.string({ maxLength: 3 }), tie('value'), { maxKeys: 3 })
      .map((of) => new Map(Object.entries(of))),
    fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }).map((of) => new Set(of)),
  ),
})).value;

describe('isSame', () => {
  it('law: a copy is the same', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(isSame(value, structuredClone(value))).toBe(true);
      }),
    );
  });

  it('law: what is the same cannot be told apart, and does not depend on which is asked about', () => {
    fc.assert(
      fc.property(data, data, (one, other) => {
        const same = isSame(one, other);
        expect(isSame(other, one)).toBe(same);
        const [mine, theirs] = [one, other].map((value) => hashOf(written(value)));
        if (same) expect(mine).toBe(theirs);
      }),
    );
  });

  it.each([
    { one: { a: 1 }, other: { a: 1, b: undefined }, reason: 'a key more' },
    { one: { a: undefined }, other: { b: undefined }, reason: 'another key' },
    { one: [1, 2], other: [2, 1], reason: 'another order' },
    { one: new Map([['a', 1]]), other: new Map([['a', 2]]), reason: 'another value in a map' },
    { one: new Set(['a']), other: new Map([['a', 'a']]), reason: 'a set is no map' },
    { one: [], other: {}, reason: 'a list is no table' },
    { one: null, other: {}, reason: 'nothing is no table' },
    { one: sensitive('db', 'one'), other: sensitive('db', 'two'), reason: 'another value of a secret' },
    { one: sensitive('db', 'one'), other: { secret: 'db', written: false }, reason: 'a secret is no table' },
  ])('tells apart: $reason', ({ one, other }) => {
    expect(isSame(one, other)).toBe(false);
    expect(isSame({ deep: [one] }, { deep: [other] })).toBe(false);
  });

  it('takes the same value of the same secret for the same', () => {
    expect(isSame(sensitive('db', 'one'), sensitive('db', 'one'))).toBe(true);
  });
});

/** Where JSON has no words. */
function written(value: unknown): unknown {
  if (typeof value === 'bigint') return `bigint ${value}`;
  if (value instanceof Map) return { map: [...value].map(([key, item]) => [key, written(item)]) };
  if (value instanceof Set) return { set: [...value] };
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, written(item)]));
}
