import { describe, expect, it } from 'vitest';

import { parseNovaFile } from '../../schema/parse.ts';

const read = (auto: string) =>
  parseNovaFile({ text: `project = "p"\n${auto}\n`, file: '/lab/NovaFile.toml' });

describe('auto', () => {
  it('says what a controller may do without asking', async () => {
    expect(await read('auto = ["create", "restart"]')).toMatchObject({
      manifest: { auto: ['create', 'restart'] },
    });
    expect(await read('auto = []')).toMatchObject({ manifest: { auto: [] } });
    expect(await read('')).not.toHaveProperty('manifest.auto');
  });

  it.each([
    { auto: 'auto = "create"', code: 'schema.type', column: 8, message: 'must be an array' },
    { auto: 'auto = ["create", 3]', code: 'schema.type', column: 19, message: 'takes words' },
    { auto: 'auto = ["craete"]', code: 'schema.value', column: 9, message: 'craete' },
  ])('$auto is wrong, and its place is told', async ({ auto, code, column, message }) => {
    const parsed = await read(auto);
    expect('issues' in parsed && parsed.issues).toMatchObject([
      { code, message: expect.stringContaining(message), at: { line: 2, column } },
    ]);
  });
});
