import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import Ajv from 'ajv-draft-04';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { DriftItem } from '../../../controller/plan/drift.ts';
import { type Finding, driftFindings, planFindings } from '../../../controller/render/findings.ts';
import { githubAnnotations } from '../../../controller/render/github.ts';
import { commentLimit } from '../../../controller/render/markdown.ts';
import { driftMarkdown, findingsMarkdown, planMarkdown } from '../../../controller/render/planMarkdown.ts';
import { sarifLog } from '../../../controller/render/sarif.ts';
import { fakeAddress, declared } from './manifests.ts';
import { everything, planned, planOf, step } from './plans.ts';

const require = createRequire(import.meta.url);
/** The schema of the standard, as Microsoft's SDK carries it. */
const schema = JSON.parse(
  readFileSync(
    require.resolve('@microsoft/jest-sarif').replace(/index\.js$/, 'schemas/sarif-2.1.0-rtm.5.json'),
    'utf8',
  ),
) as Record<string, unknown>;
const isSarif = new Ajv.default({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
  schema,
);

const broken = planned('vm.a', {
  problems: [{ code: 'not-built', message: 'no `such` thing | <b>', hint: 'wait' }],
});
const plan = planOf(...everything.resources, broken);
const manifest = declared(plan);

const drifted: readonly DriftItem[] = [
  {
    address: 'container.web',
    class: 'changed',
    cause: 'host',
    fields: [{ path: 'mtu', desired: 1500, actual: 1280 }],
    reasons: ['mtu'],
  },
  { address: 'container.x', class: 'unmanaged', cause: 'host', fields: [], reasons: ['a capsule'] },
];

describe('a plan for other tools', () => {
  it('has a finding for each change, a warning where something is disturbed, and each problem', () => {
    const told = planFindings(plan, manifest).map(
      ({ rule, level, subject }) => `${level} ${rule} ${subject}`,
    );
    expect(told).toEqual([
      'note plan.create network.lan',
      'warning plan.update container.web',
      'warning plan.replace container.db',
      'note plan.delete container.old',
      'warning plan.delete volume.scratch',
      'error not-built vm.a',
    ]);
  });

  it.each([
    { what: 'a plan', findings: planFindings(plan, manifest) },
    { what: 'drift', findings: driftFindings(drifted, manifest) },
    { what: 'nothing', findings: [] },
  ])('is SARIF by the schema of its standard: $what', async ({ findings: told }) => {
    const findings = await told;
    expect(isSarif(sarifLog(findings, '1.2.3')), JSON.stringify(isSarif.errors)).toBe(true);
    expect(isSarif({ ...sarifLog(findings, '1'), version: '9' })).toBe(false);
  });

  it('is a notice where nothing is wrong', () => {
    expect(githubAnnotations(planFindings(plan, manifest))).toContain(
      '::notice file=NovaFile.toml,line=1,col=1,title=plan.create::network.lan will be created',
    );
  });
});

describe('planMarkdown', () => {
  it('shows the summary, what is wrong, a row for each change, and the details', async () => {
    const problems = planFindings(plan, manifest).filter(({ level }) => level === 'error');
    await expect(planMarkdown(plan, problems)).toMatchFileSnapshot('golden/plan.md');
    expect(planMarkdown(planOf(planned('vm.a')))).toContain('Nothing to do');
  });

  it('stays under the limit with 2,000 changes, and says what it left out', () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      planned(`container.a-rather-long-name-${index}`, {
        action: index % 3 === 0 ? 'update' : 'create',
        spec: { capsule: `/srv/${index}`, command: ['x'.repeat(40)] },
        steps: [step('x', { changes: [{ path: 'capsule', before: 'a', after: 'b' }] })],
      }),
    );
    const text = planMarkdown(planOf(...many));
    expect(text.length).toBeLessThan(commentLimit);
    const rows = text.split('\n').filter((line) => line.startsWith('| `')).length;
    const details = text.split('<details>').length - 1;
    expect(Math.min(rows, details)).toBeGreaterThan(100);
    expect(text).toContain(`${2000 - rows} of 2000 rows (667 update, 1333 create in all)`);
    expect(text).toContain(`the details of ${2000 - details} resources`);
    expect(text).toContain('Plan: 1333 to add, 667 to change, 0 to destroy.');
  });
});

describe('driftMarkdown', () => {
  it('shows each difference with what is and what should be', async () => {
    await expect(driftMarkdown('demo', drifted)).toMatchFileSnapshot('golden/drift.md');
    expect(driftMarkdown('demo', [])).toContain('No drift');
  });
});

/** With everything in it that means something to Markdown, and characters of one to four bytes. */
const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3000 }),
  fc.constant('`'.repeat(500)),
  fc.constant('😀'.repeat(2000)),
);

describe('a comment, as a law,', () => {
  it('is always under the limit, and whatever is missing is told', () => {
    const change = fc.record({ at: fc.nat(), text: wild });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400, size: 'max' }), wild, (changes, message) => {
        const resources = changes.map(({ text }, index) =>
          planned(fakeAddress(index), { action: 'create', spec: { text }, steps: [step('x')] }),
        );
        const problems: Finding[] = changes.map(({ text }) => ({
          rule: 'usage',
          level: 'error',
          message: text,
        }));
        const items: DriftItem[] = changes.map(({ text }, index) => ({
          address: fakeAddress(index),
          class: 'changed',
          cause: undefined,
          fields: [{ path: 'text', desired: text, actual: message }],
          reasons: [text],
        }));
        const pages = [
          planMarkdown(planOf(...resources), problems),
          driftMarkdown('demo', items, problems),
          findingsMarkdown(problems),
        ];
        for (const page of pages) {
          expect(Buffer.byteLength(page)).toBeLessThan(commentLimit);
          const shown = page.split('\n').filter((line) => line.startsWith('- **error**')).length;
          const whole = shown === problems.length;
          if (!whole) expect(page).toContain(`${problems.length - shown} of ${problems.length} problems`);
        }
        const details = (pages[0] ?? '').split('\n<details><summary>').length - 1;
        if (details < resources.length)
          expect(pages[0]).toContain(`the details of ${resources.length - details} `);
      }),
      { numRuns: 60 },
    );
  });
});
