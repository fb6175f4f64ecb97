import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatIp6 } from '../../../schema/cidr6.ts';
import { formatGiven, parseGiven } from '../../../reconcilers/container/given.ts';

describe('parseGiven', () => {
  it('law: reads what formatGiven writes', () => {
    const of = (ip: fc.Arbitrary<string>) => {
      const given = fc.record({ ip, prefix: fc.nat(32), gateway: fc.option(ip, { nil: undefined }) });
      return fc.option(given, { nil: undefined });
    };
    const ip6 = fc.bigInt({ min: 1n << 112n, max: (1n << 128n) - 1n }).map(formatIp6);
    fc.assert(
      fc.property(of(fc.ipV4()), of(ip6), (given, given6) => {
        expect(parseGiven(formatGiven({ given, given6 }))).toEqual({ given, given6 });
      }),
    );
  });

  it.each([undefined, '', '10.0.0.2', '10.0.0.2/24 via', 'nonsense'])('knows nothing from %j', (text) => {
    expect(parseGiven(text)).toEqual({ given: undefined, given6: undefined });
  });
});
