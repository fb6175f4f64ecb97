import { describe, expect, it } from 'vitest';

import { batchOutcomes, batchText, isTolerated } from '../../../reconcilers/host/linkBatch.ts';

const passed = '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n';

describe('batchText', () => {
  it('follows every command with one that prints a line', () => {
    const text = batchText([
      { argv: ['link', 'add', 'a', 'type', 'bridge'] },
      { argv: ['link', 'set', 'a', 'up'] },
    ]);
    expect(text).toBe('link add a type bridge\nlink show dev lo\nlink set a up\nlink show dev lo\n');
  });

  it.each([
    { word: 'a b', reason: 'a blank begins another word' },
    { word: 'a\nlink', reason: 'a line break begins another command' },
    { word: '"a', reason: 'a quote goes on to the next one' },
    { word: "'a", reason: 'so does a single one' },
    { word: 'a\\', reason: 'a backslash takes the line break away' },
    { word: '#a', reason: 'what follows is a comment' },
    { word: '', reason: 'nothing is no word' },
  ])('refuses the word $word, as $reason', ({ word }) => {
    expect(() => batchText([{ argv: ['link', 'set', word] }])).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });

  it('takes an alias away', () => {
    expect(batchText([{ argv: ['link', 'set', 'dev', 'lan', 'alias', ''] }])).toContain('alias ""\n');
  });
});

describe('batchOutcomes', () => {
  it.each([
    { reason: 'all is well', count: 2, stdout: passed.repeat(2), stderr: '', expected: ['done', 'done'] },
    {
      reason: 'one fails',
      count: 2,
      stdout: passed.repeat(2),
      stderr: 'Cannot find device "x"\nCommand failed -:1\n',
      expected: [{ failed: 'Cannot find device "x"' }, 'done'],
    },
    {
      reason: 'one is told in two lines',
      count: 3,
      stdout: passed.repeat(3),
      stderr: 'Error: first.\nRTNETLINK answers: File exists\nCommand failed -:5\n',
      expected: ['done', 'done', { failed: 'Error: first.; RTNETLINK answers: File exists' }],
    },
    {
      reason: 'ip stops at the second, after the first failed',
      count: 3,
      stdout: passed,
      stderr:
        'Cannot find device "x"\nCommand failed -:1\nError: argument "y" is wrong: Device does not exist\n',
      expected: [
        { failed: 'Cannot find device "x"' },
        { failed: 'Error: argument "y" is wrong: Device does not exist' },
        'unreached',
      ],
    },
    {
      reason: 'ip is killed at once',
      count: 2,
      stdout: '',
      stderr: '',
      expected: [{ failed: 'exit status 255' }, 'unreached'],
    },
  ])('tells each command’s own outcome when $reason', ({ count, stdout, stderr, expected }) => {
    expect(batchOutcomes(count, { stdout, stderr, code: 255 })).toEqual(expected);
  });
});

describe('isTolerated', () => {
  it.each([
    { tolerate: 'exists', words: 'RTNETLINK answers: File exists', expected: true },
    { tolerate: 'exists', words: 'Error: ipv4: Address already assigned.', expected: true },
    { tolerate: 'exists', words: 'Cannot find device "x"', expected: false },
    { tolerate: 'absent', words: 'Cannot find device "x"', expected: true },
    { tolerate: 'absent', words: 'Error: ipv4: Address not found.', expected: true },
    { tolerate: 'absent', words: 'RTNETLINK answers: No such process', expected: true },
    { tolerate: 'absent', words: 'RTNETLINK answers: Operation not permitted', expected: false },
  ] as const)('takes "$words" for done with $tolerate: $expected', ({ tolerate, words, expected }) => {
    expect(isTolerated({ argv: ['link'], tolerate }, words)).toBe(expected);
    expect(isTolerated({ argv: ['link'] }, words)).toBe(false);
  });
});
