import { describe, expect, it } from 'vitest';

import { createLogJoiner, lastLines, parseLogLine } from '../../../reconcilers/container/log.ts';

const at = '2026-01-02T03:04:05.000000006+00:00';

describe('parseLogLine', () => {
  it.each([
    [`${at} stdout F hello world`, { time: at, stream: 'stdout', text: 'hello world', partial: false }],
    [`${at} stderr P half`, { time: at, stream: 'stderr', text: 'half', partial: true }],
    [`${at} stdout F `, { time: at, stream: 'stdout', text: '', partial: false }],
    [`${at} stdout F a\rb`, { time: at, stream: 'stdout', text: 'a\rb', partial: false }],
  ])('reads %j', (line, entry) => {
    expect(parseLogLine(line)).toEqual(entry);
  });

  it.each(['', 'hello', `${at} stdin F hello`])('takes %j for no entry', (line) => {
    expect(parseLogLine(line)).toBeUndefined();
  });
});

describe('createLogJoiner', () => {
  it('puts lines together that conmon split, each stream for itself', () => {
    const joiner = createLogJoiner();
    const text = `${at} stdout P one \n${at} stderr F oops\n${at} stdout P two \n${at} stdout F three\n`;
    expect(joiner.add(text).map((line) => [line.stream, line.text])).toEqual([
      ['stderr', 'oops'],
      ['stdout', 'one two three'],
    ]);
    expect(joiner.end()).toEqual([]);
  });

  it('reads a file in pieces that are cut anywhere as it reads it whole', () => {
    const text = `${at} stdout F one\n${at} stdout P tw\n${at} stdout F o\n${at} stderr F three\n`;
    const whole = createLogJoiner().add(text);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const joiner = createLogJoiner();
      expect([...joiner.add(text.slice(0, cut)), ...joiner.add(text.slice(cut))]).toEqual(whole);
    }
  });

  it('gives what has no end when the file ends', () => {
    const joiner = createLogJoiner();
    expect(joiner.add(`${at} stdout P prompt> \n`)).toEqual([]);
    expect(joiner.end()).toEqual([{ time: at, stream: 'stdout', text: 'prompt> ' }]);
    expect(joiner.end()).toEqual([]);
  });
});

describe('lastLines', () => {
  it('leaves out a line whose beginning is missing', () => {
    expect(lastLines(`dout F cut\n${at} stdout F one\n${at} stderr F two\n`, 5)).toEqual(['one', 'two']);
    expect(lastLines(`${at} stdout F one\n${at} stderr F two\n`, 1)).toEqual(['two']);
  });
});
