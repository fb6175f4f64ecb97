import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatGiven, parseGiven } from '../../../reconcilers/container/given.ts';

describe('parseGiven', () => {
  const ip = fc.ipV4();

  it('law: reads what formatGiven writes', () => {
    const given = fc.record({ ip, prefix: fc.nat(32), gateway: fc.option(ip, { nil: undefined }) });
    fc.assert(
      fc.property(given, (one) => {
        expect(parseGiven(`${formatGiven(one)}\n`)).toEqual(one);
      }),
    );
  });

  it.each([undefined, '', '10.0.0.2', '10.0.0.2/24 via', 'nonsense'])('knows nothing from %j', (text) => {
    expect(parseGiven(text)).toBeUndefined();
  });
});
