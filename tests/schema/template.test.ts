import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  escapeReferences,
  formatReference,
  malformedReferences,
  references,
  resolve,
} from '../../schema/template.ts';

const values: Readonly<Record<string, string | number>> = {
  'container.db.ip': '10.0.0.2',
  'container.db.pid': 7,
};
const lookup = (address: string, output: string) => values[`${address}.${output}`];

describe('resolve', () => {
  it.for([
    { text: 'plain $ and {}', resolved: 'plain $ and {}', reason: 'nothing to replace' },
    { text: 'a${container.db.ip}b', resolved: 'a10.0.0.2b', reason: 'within other text' },
    {
      text: '${container.db.ip}:${container.db.pid}',
      resolved: '10.0.0.2:7',
      reason: 'several, numbers too',
    },
    { text: '$${HOME}', resolved: '${HOME}', reason: 'a doubled dollar stands for one' },
    { text: '$$$${x}', resolved: '$$${x}', reason: 'only the last two dollars belong to the brace' },
    {
      text: '$${container.db.ip}',
      resolved: '${container.db.ip}',
      reason: 'a doubled dollar hides a reference',
    },
    { text: '$$', resolved: '$$', reason: 'dollars alone are dollars' },
  ])('$text: $reason', ({ text, resolved }) => {
    expect(resolve(text, lookup)).toEqual({ text: resolved });
  });

  it('names each unknown reference once', () => {
    const text = '${container.x.ip} ${container.db.ip} ${container.x.ip}';
    expect(resolve(text, lookup)).toEqual({ unknown: [{ address: 'container.x', output: 'ip' }] });
  });

  it('law: text whose ${ are escaped comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'a', '.') }), (text) => {
        expect(resolve(escapeReferences(text), () => undefined)).toEqual({ text });
      }),
    );
  });
});

describe('references', () => {
  it('lists them in order, and prints back', () => {
    const text = '${volume.data.path}/x ${network.lan.gateway}';
    expect(references(text).map(formatReference)).toEqual(['${volume.data.path}', '${network.lan.gateway}']);
  });

  it.for([
    '${HOME}',
    '${container.db}',
    '${secret.a.ip}',
    '${container..ip}',
    '${ container.db.ip }',
    '${container.db.ip',
    '${',
  ])('%s is none, and is named', (text) => {
    expect(references(text)).toEqual([]);
    expect(malformedReferences(text)).toEqual([text]);
  });
});
