import { describe, expect, it } from 'vitest';

import { renderIssue } from '../../schema/diagnostic.ts';
import type { Issue } from '../../schema/errors.ts';

describe('renderIssue', () => {
  it('underlines the value, and ends with the hint', () => {
    expect(renderIssue(issueAt(2, 7), textIs('a = 1\nmtu = 500 # small\n'))).toBe(
      'f.toml:2:7: wrong [schema.value]\n  2 | mtu = 500 # small\n    |       ^^^\n  hint: do better',
    );
  });

  it.for([
    { line: '\tk = "x"', column: 6, carets: '\t    ^^^', reason: 'tabs stay tabs' },
    {
      line: 'k = { a = "世界", b = 1 }',
      column: 20,
      carets: '                     ^',
      reason: 'wide characters take two columns',
    },
    { line: 'k = "ü"', column: 5, carets: '    ^^^', reason: 'a combining mark takes none' },
    { line: 'k = [1, 2]', column: 5, carets: '    ^^^^^^', reason: 'an array is underlined to its end' },
    { line: 'k', column: 2, carets: ' ^', reason: 'the end of the line can be pointed at' },
  ])('$reason', ({ line, column, carets }) => {
    expect(renderIssue(issueAt(1, column), textIs(line)).split('\n')[2]).toBe(`    | ${carets}`);
  });

  it('cuts a long line to what is around the column', () => {
    const [, line = '', carets = ''] = renderIssue(
      issueAt(1, 5004),
      textIs(`${'x'.repeat(5000)} = "y"${' '.repeat(5000)}`),
    ).split('\n');
    expect(line.length).toBeLessThan(140);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('"y"');
  });

  it('sends no control character of the file to the terminal', () => {
    const rendered = renderIssue(issueAt(1, 1), textIs('a = "\u001b[31m\u009b\u202e"'));
    expect(rendered.split('\n')[1]).toBe('  1 | a = "\ufffd[31m\ufffd\ufffd"');
  });

  it('says it without a place, too', () => {
    expect(renderIssue({ code: 'schema.value', message: 'wrong' }, new Map())).toBe('wrong [schema.value]');
  });
});

function issueAt(line: number, column: number): Issue {
  return { code: 'schema.value', message: 'wrong', hint: 'do better', at: { file: 'f.toml', line, column } };
}

function textIs(text: string): ReadonlyMap<string, string> {
  return new Map([['f.toml', text]]);
}
