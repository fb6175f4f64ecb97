import { describe, expect, it } from 'vitest';

import { duration, parsePort, size } from '../../schema/values.ts';

describe('size', () => {
  it.for([
    { written: 4096, bytes: 4096, reason: 'a number is bytes' },
    { written: '4096', bytes: 4096, reason: 'so is text without a unit' },
    { written: '256Mi', bytes: 268_435_456, reason: 'Ki, Mi, Gi and Ti are powers of 1024' },
    { written: '2Ti', bytes: 2_199_023_255_552, reason: 'the largest unit' },
    { written: '256M', bytes: 256_000_000, reason: 'K, M, G and T are powers of 1000' },
    { written: '1.5Gi', bytes: undefined, reason: 'amounts are whole' },
    { written: '256MB', bytes: undefined, reason: 'units have no B' },
    { written: '256 Mi', bytes: undefined, reason: 'there is no space' },
    { written: -1, bytes: undefined, reason: 'less than nothing' },
    { written: 1.5, bytes: undefined, reason: 'half a byte' },
    { written: '99999999999Ti', bytes: undefined, reason: 'more than a number holds exactly' },
    { written: '', bytes: undefined, reason: 'nothing' },
  ])('$written: $reason', ({ written, bytes }) => {
    expect(size.safeParse(written).data).toBe(bytes);
  });
});

describe('duration', () => {
  it.for([
    { written: 0.5, seconds: 0.5, reason: 'a number is seconds' },
    { written: '500ms', seconds: 0.5, reason: 'milliseconds' },
    { written: '1.5s', seconds: 1.5, reason: 'fractions' },
    { written: '2m', seconds: 120, reason: 'minutes' },
    { written: '10', seconds: undefined, reason: 'text has a unit' },
    { written: '1h', seconds: 3600, reason: 'hours' },
    { written: '1d', seconds: 86_400, reason: 'days' },
    { written: '1w', seconds: undefined, reason: 'no such unit' },
    { written: -1, seconds: undefined, reason: 'less than nothing' },
    { written: Number.NaN, seconds: undefined, reason: 'no number' },
    { written: 86_401, seconds: undefined, reason: 'more than a day' },
  ])('$written: $reason', ({ written, seconds }) => {
    expect(duration.safeParse(written).data).toBe(seconds);
  });
});

describe('parsePort', () => {
  it.for([
    ['1', 1],
    ['65535', 65_535],
    ['65536', undefined],
    ['0', undefined],
    ['080', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const)('%s is %s', ([written, port]) => {
    expect(parsePort(written)).toBe(port);
  });
});
