import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { renderIssue } from '../../schema/diagnostic.ts';
import { parseNovaFile } from '../../schema/parse.ts';

// UPDATE_GOLDEN=1 writes what is found as what is expected: look at the difference before keeping it.
const folder = fileURLToPath(new URL('../../fixtures/novafiles', import.meta.url));

describe('wrong NovaFiles', () => {
  it('has one mistake a file, and enough files', () => {
    expect(novaFilesIn('bad').length).toBeGreaterThan(30);
  });

  it.for(novaFilesIn('bad'))('%s says where and why', async (name) => {
    const text = read(`bad/${name}.toml`);
    const parsed = await parseNovaFile({ text, file: `/srv/lab/${name}.toml`, shownAs: `${name}.toml` });
    const issues = 'issues' in parsed ? parsed.issues : [];
    expect(issues).toHaveLength(1);
    expect(issues.every(({ hint }) => hint !== undefined && hint !== '')).toBe(true);
    expectGolden(`bad/${name}.txt`, issues.map((issue) => renderIssue(issue, parsed.texts)).join('\n\n'));
  });

  it.for(novaFilesIn('bad'))('%s points into something that is written', async (name) => {
    const text = read(`bad/${name}.toml`);
    const parsed = await parseNovaFile({ text, file: `/srv/lab/${name}.toml` });
    const [issue] = 'issues' in parsed ? parsed.issues : [];
    const line = text.split('\n')[(issue?.at?.line ?? 0) - 1] ?? '';
    expect(line.slice((issue?.at?.column ?? 0) - 1).trim()).not.toBe('');
  });
});

describe('good NovaFiles', () => {
  it.for(novaFilesIn('good'))('%s becomes a manifest', async (name) => {
    const text = read(`good/${name}.toml`);
    const parsed = await parseNovaFile({ text, file: `/srv/lab/${name}.toml`, shownAs: `${name}.toml` });
    expect('issues' in parsed ? parsed.issues : []).toEqual([]);
    const { texts: _, ...said } = parsed;
    // Hashes of what is sensitive are keyed anew in each process.
    const told = JSON.stringify(said, null, 2).replaceAll(/"keyed": "[0-9a-f]+"/g, '"keyed": "…"');
    expectGolden(`good/${name}.txt`, told);
  });
});

function novaFilesIn(kind: string): readonly string[] {
  const names = readdirSync(`${folder}/${kind}`).filter((file) => file.endsWith('.toml'));
  return names.map((file) => file.slice(0, -'.toml'.length)).toSorted();
}

function expectGolden(file: string, found: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(`${folder}/${file}`, `${found}\n`);
  expect(`${found}\n`).toBe(existsSync(`${folder}/${file}`) ? read(file) : '');
}

function read(file: string): string {
  return readFileSync(`${folder}/${file}`, 'utf8');
}
