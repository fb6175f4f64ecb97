import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { memoryFiles } from '../../../fixtures/memoryFiles.ts';
import { renderIssue } from '../../../schema/diagnostic.ts';
import type { Choices } from '../../../schema/files.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

// UPDATE_GOLDEN=1 writes what is found as what is expected: look at the difference before keeping it.
const folder = fileURLToPath(new URL('../../../fixtures/novafiles/composed', import.meta.url));

describe('wrong NovaFiles of several files', () => {
  it.for(casesIn('bad'))('%s says where and why', async (name) => {
    const parsed = await parseCase(`bad/${name}`);
    const issues = 'issues' in parsed ? parsed.issues : [];
    expect(issues.length).toBe(1);
    expect(issues.every(({ hint }) => hint !== undefined && hint !== '')).toBe(true);
    expectGolden(`bad/${name}`, issues.map((issue) => renderIssue(issue, parsed.texts)).join('\n\n'));
  });
});

describe('good NovaFiles of several files', () => {
  it.for(casesIn('good'))('%s becomes a manifest', async (name) => {
    const parsed = await parseCase(`good/${name}`);
    expect('issues' in parsed ? parsed.issues : []).toEqual([]);
    const { texts: _, ...said } = parsed;
    expectGolden(`good/${name}`, JSON.stringify(said, null, 2));
  });
});

/** The files of a case as if they lay in `/srv/lab`. */
function parseCase(name: string) {
  const paths = globSync('**/*.toml', { cwd: `${folder}/${name}` });
  const texts = new Map(paths.map((path) => [`/srv/lab/${path}`, read(`${name}/${path}`)]));
  const choices = existsSync(`${folder}/${name}/choices.json`)
    ? (JSON.parse(read(`${name}/choices.json`)) as Choices)
    : {};
  return parseNovaFile({
    text: read(`${name}/NovaFile.toml`),
    file: '/srv/lab/NovaFile.toml',
    shownAs: 'NovaFile.toml',
    files: memoryFiles(texts, '/srv/lab'),
    ...choices,
  });
}

function casesIn(group: string): readonly string[] {
  return readdirSync(`${folder}/${group}`).toSorted();
}

function expectGolden(name: string, found: string): void {
  const file = `${folder}/${name}/expected.txt`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, `${found}\n`);
  expect(`${found}\n`).toBe(existsSync(file) ? read(`${name}/expected.txt`) : '');
}

function read(path: string): string {
  return readFileSync(`${folder}/${path}`, 'utf8');
}
