import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { findingsFrom } from '../../../controller/render/findings.ts';
import { githubAnnotations } from '../../../controller/render/github.ts';
import { sarifLog } from '../../../controller/render/sarif.ts';
import type { Issue } from '../../../schema/errors.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

/**
 * Of SARIF 2.1.0 (OASIS standard, sections 3.13 to 3.30, and its schema) what is needed and allowed in the objects that
 * we write: required properties, closed sets of words, no other property, numbers from 1.
 */
const Text = z.strictObject({ text: z.string().min(1) });
const Region = z
  .strictObject({
    startLine: z.int().min(1),
    startColumn: z.int().min(1),
    endLine: z.int().min(1).optional(),
    endColumn: z.int().min(1).optional(),
  })
  // 3.30.7 and 3.30.8: a region does not end before it starts.
  .refine(({ startLine, endLine = startLine }) => endLine >= startLine)
  .refine(
    ({ startLine, startColumn, endLine = startLine, endColumn = Infinity }) =>
      endLine > startLine || endColumn >= startColumn,
  );
const Physical = z.strictObject({
  artifactLocation: z.strictObject({ uri: z.string().regex(/^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+$/) }),
  region: Region,
});
const Result = z.strictObject({
  ruleId: z.string().min(1),
  ruleIndex: z.int().min(0),
  level: z.enum(['none', 'note', 'warning', 'error']),
  message: Text,
  locations: z.array(z.strictObject({ physicalLocation: Physical })).optional(),
  relatedLocations: z.array(z.strictObject({ message: Text, physicalLocation: Physical })).optional(),
});
const Log = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string().min(1),
            version: z.string(),
            rules: z.array(z.strictObject({ id: z.string() })),
          }),
        }),
        columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
        results: z.array(Result),
      }),
    )
    .min(1),
});

const wrong = `project = "lab"
[vars]
cpus = 300
[vm.a]
image = "./a"
cpu = "\${var.cpus}"
[volume.b]
mode = """
0755x"""
[container.c]
capsule = "./r"
ports = ["80:80"]
`;

describe('sarifLog', () => {
  it('is as the standard asks for', async () => {
    const findings = findingsFrom(await issuesOf(wrong), 'error');
    expect(findings.length).toBeGreaterThan(2);
    const log = Log.parse(sarifLog(findings, '1.2.3'));
    const [run] = log.runs;
    const rules = run?.tool.driver.rules.map(({ id }) => id) ?? [];
    expect(new Set(rules).size).toBe(rules.length);
    for (const { ruleId, ruleIndex } of run?.results ?? []) expect(rules[ruleIndex]).toBe(ruleId);
    expect(run?.results.some(({ relatedLocations = [] }) => relatedLocations.length > 0)).toBe(true);
  });

  it('has a run also when nothing was found, and results without a place', () => {
    expect(Log.parse(sarifLog([], '1')).runs[0]?.results).toEqual([]);
    const finding = { rule: 'usage', level: 'error' as const, message: 'no' };
    expect(Log.parse(sarifLog([finding], '1')).runs[0]?.results[0]?.locations).toBeUndefined();
  });

  it('writes paths as URIs', () => {
    const at = { file: '/srv/my lab/é#1.toml', line: 1, column: 1 };
    const { runs } = Log.parse(sarifLog([{ rule: 'usage', level: 'error', message: 'no', at }], '1'));
    const uri = runs[0]?.results[0]?.locations?.[0]?.physicalLocation.artifactLocation.uri;
    expect(uri).toBe('file:///srv/my%20lab/%C3%A9%231.toml');
  });
});

describe('githubAnnotations', () => {
  it('has a line for each finding, with where the value is from and what to do', async () => {
    const [first] = githubAnnotations(findingsFrom(await issuesOf(wrong), 'error')).split('\n');
    expect(first).toBe(
      '::error file=lab/a b.toml,line=6,endLine=6,endColumn=20,col=7,title=schema.value::cpu must be at most 255%0Avar.cpus is written here: lab/a b.toml:3:8%0Afor example cpu = 2',
    );
  });

  it('escapes what the runner would read as its own', () => {
    const at = { file: 'a,b:c.toml', line: 1, column: 2 };
    const text = githubAnnotations([{ rule: 'usage', level: 'warning', message: '100%\r\n::error::x', at }]);
    expect(text).toBe('::warning file=a%2Cb%3Ac.toml,line=1,col=2,title=usage::100%25%0D%0A::error::x\n');
  });
});

async function issuesOf(text: string): Promise<readonly Issue[]> {
  const parsed = await parseNovaFile({ text, file: '/srv/lab/a b.toml', shownAs: 'lab/a b.toml' });
  return 'issues' in parsed ? parsed.issues : [];
}
