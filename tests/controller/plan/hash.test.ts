import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fingerprint, hashOf } from '../../../controller/plan/hash.ts';

describe('hashOf', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
        const turned = Object.fromEntries(Object.entries(record).toReversed());
        expect(hashOf(turned)).toBe(hashOf(record));
      }),
    );
  });

  it('differs when a value differs', () => {
    expect(hashOf({ mtu: 1500 })).not.toBe(hashOf({ mtu: 1400 }));
  });

  it('tells maps apart by their entries', () => {
    expect(hashOf(new Map([['a', 1]]))).not.toBe(hashOf(new Map([['a', 2]])));
  });
});

describe('fingerprint', () => {
  it('leaves out what changes by itself', () => {
    expect(fingerprint({ pid: 1, mtu: 1500 })).toBe(fingerprint({ pid: 2, mtu: 1500 }));
  });

  it('keeps what a person would call a change', () => {
    expect(fingerprint({ pid: 1, mtu: 1500 })).not.toBe(fingerprint({ pid: 1, mtu: 1400 }));
  });
});
