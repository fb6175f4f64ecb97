import { describe, expect, it } from 'vitest';

import { readArguments } from '../../../controller/cli/args.ts';
import { schema } from '../../../controller/cli/commands/schema.ts';
import type { Invocation } from '../../../controller/cli/main.ts';

describe('nova schema', () => {
  it('prints the reference of one kind', async () => {
    const { code, out } = await run(['docs', 'vm']);
    expect(code).toBe(0);
    expect(out).toMatch(/^## `\[vm\.NAME\]`/);
    expect(out).not.toContain('[container.NAME]');
  });

  it('prints a JSON Schema', async () => {
    const { code, out } = await run(['json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ $schema: 'http://json-schema.org/draft-04/schema#' });
  });

  it.for([
    { words: [], reason: 'nothing is asked for' },
    { words: ['toml'], reason: 'there is no such form' },
    { words: ['docs', 'pod'], reason: 'there is no such kind' },
    { words: ['json', 'vm'], reason: 'the JSON Schema is one' },
  ])('refuses $words: $reason', async ({ words }) => {
    await expect(run(words)).rejects.toMatchObject({ code: 'usage' });
  });
});

async function run(words: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const options = readArguments(['schema', ...words]);
  let out = '';
  const io = { out: { write: (text: string) => (out += text) } };
  const code = await schema({ options, io } as unknown as Invocation);
  return { code, out };
}
