import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fenced } from '../../../../reconcilers/host/guard/fence.ts';

const armed = [
  { index: 7, name: 'eth1' },
  { index: 9, name: 'lan' },
];

const words = (line: string) => ({ argv: line.split(' ') });

const good = [
  'link set dev eth1 nomaster up',
  'link set dev eth1 master lan mtu 1500 up',
  'address add 10.0.0.2/24 broadcast 10.0.0.255 dev eth1',
  'address delete fd00::2/64 dev lan',
  'route replace default via 10.0.0.1 dev eth1 table main proto static metric 100',
];

describe('fenced', () => {
  it.each(good)('lets through what gives links back what they had: %s', (line) => {
    expect(fenced([words(line)], armed, armed)).toEqual([words(line)]);
  });

  it.each([
    { line: 'link set dev eth0 nomaster', reason: 'another link' },
    { line: 'link set dev eth1 master br9', reason: "another link's bridge" },
    { line: 'link set dev eth1 netns 1', reason: 'another namespace' },
    { line: 'link set dev eth1 name eth0', reason: 'another name' },
    { line: 'link delete dev eth1', reason: 'what is deleted does not come back' },
    { line: 'address flush dev eth1', reason: 'addresses that nobody named' },
    { line: 'address add 10.0.0.2/24 dev eth1 dev eth0', reason: 'two links at once' },
    { line: 'route replace default via 10.0.0.1', reason: 'no link at all' },
    { line: 'netns delete dev eth1', reason: 'another object' },
    { line: 'route replace default dev eth1\nlink', reason: 'another line' },
  ])('refuses all when one command is about $reason: $line', ({ line }) => {
    const all = [words(good[0] ?? ''), words(line)];
    expect(() => fenced(all, armed, armed)).toThrow(/a guard does not/);
  });

  it('knows links by their index: by the name that one has now, and not another that has got its name', () => {
    const now = [
      { index: 12, name: 'eth1' },
      { index: 9, name: 'wide' },
    ];
    expect(fenced(good.map(words), armed, now)).toEqual([words('address delete fd00::2/64 dev wide')]);
  });

  it('law: nothing that is let through names a link that it was not armed for', () => {
    const word = fc.constantFrom(
      'dev',
      'master',
      'eth0',
      'eth1',
      'lan',
      'link',
      'set',
      'route',
      'address',
      'up',
      'add',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          const [through] = fenced([{ argv }], armed, armed);
          expect(
            through?.argv.filter((_, index) => ['dev', 'master'].includes(argv[index - 1] ?? '')),
          ).not.toContain('eth0');
        } catch (error) {
          expect(String(error)).toMatch(/a guard does not/);
        }
      }),
    );
  });
});
