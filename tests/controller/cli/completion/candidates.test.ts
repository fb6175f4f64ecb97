import { describe, expect, it } from 'vitest';

import { commands } from '../../../../controller/cli/args.ts';
import { candidates } from '../../../../controller/cli/completion/candidates.ts';
import { commandWords, optionWords } from '../../../../controller/cli/completion/helpWords.ts';

const around = {
  addresses: async (file: string | undefined) =>
    file === undefined
      ? (['container.db', 'container.web', 'network.lan', 'vm.guest'] as const)
      : ([`volume.${file}`] as const),
  namespaces: () => ['tour'],
};

describe('candidates', () => {
  it.each([
    { line: ['st'], words: ['stop', 'start', 'status'], reason: 'a command' },
    { line: ['stop', 'container.w'], words: ['container.web'], reason: 'an address' },
    {
      line: ['stop', 'container.web', ''],
      words: ['container.db', 'vm.guest'],
      reason: 'each is named once',
    },
    { line: ['logs', ''], words: ['container.db', 'container.web'], reason: 'containers have logs' },
    { line: ['console', ''], words: ['vm.guest'], reason: 'machines have a console' },
    { line: ['run', 'n'], words: ['network.lan'], reason: 'everything can be applied' },
    { line: ['plan', '--target', 'vm'], words: ['vm.guest'], reason: 'the value of an option' },
    { line: ['plan', '--target', '=', 'vm'], words: ['vm.guest'], reason: 'bash cuts at =' },
    {
      line: ['plan', '--target', '='],
      words: ['container.db', 'container.web', 'network.lan', 'vm.guest'],
      reason: 'bash cuts at =',
    },
    { line: ['-f', 'x', 'run', ''], words: ['volume.x'], reason: 'of the NovaFile that is named' },
    { line: ['run', '--file=x', ''], words: ['volume.x'], reason: 'of the NovaFile that is named' },
    { line: ['--netns', ''], words: ['tour'], reason: 'a namespace' },
    { line: ['graph', '--format', ''], words: ['dot', 'mermaid', 'json'], reason: 'what it can print' },
    { line: ['plan', '--detailed'], words: ['--detailed-exitcode'], reason: 'an option' },
    { line: ['completion', 'z'], words: ['zsh'], reason: 'a shell' },
    { line: ['plan', ''], words: [], reason: 'a file' },
    { line: ['-o', ''], words: [], reason: 'a file' },
    {
      line: ['exec', 'web', '--', 'ls', ''],
      words: [],
      reason: 'what the container has, the host does not know',
    },
    { line: ['nonsense', ''], words: [], reason: 'there is no such command' },
  ])('offers $words after $line: $reason', async ({ line, words }) => {
    expect((await candidates(line, around)).map(({ word }) => word)).toEqual(words);
  });

  it('knows every command and every option, with what they are', () => {
    expect(commandWords.map(({ word }) => word).toSorted()).toEqual([...commands].toSorted());
    expect(commandWords.every(({ about }) => about.length > 10)).toBe(true);
    expect(optionWords.find(({ word }) => word === '--lines')).toMatchObject({ short: '-n', value: 'N' });
    expect(optionWords.length).toBeGreaterThan(15);
  });
});
