import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { parse } from 'test-results-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Finding } from '../../../controller/render/findings.ts';
import { junitXml } from '../../../controller/render/junit.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-junit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const findings: readonly Finding[] = [
  { rule: 'plan.create', level: 'note', message: 'network.lan will be created', subject: 'network.lan' },
  { rule: 'drift.changed', level: 'warning', message: 'mtu is 1280', subject: 'container.web' },
  { rule: 'not-built', level: 'error', message: 'no "such" <thing> & more', hint: 'wait', subject: 'vm.a' },
  { rule: 'usage', level: 'warning', message: 'a variable is not used' },
];

describe('junitXml', () => {
  it('is read by what reads reports of tests: a case for each resource, and how it is', () => {
    const file = join(folder, 'report.xml');
    writeFileSync(file, junitXml('nova drift', findings, ['network.lan', 'volume.fine']));
    const read = parse({ type: 'junit', files: [file] });
    expect(read).toMatchObject({ total: 5, failed: 1, errors: 1, status: 'FAIL' });
    const [suite] = read.suites;
    expect(suite?.name).toBe('nova drift');
    expect(suite?.cases.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'nova drift PASS',
      'network.lan PASS',
      'volume.fine PASS',
      'container.web FAIL',
      'vm.a FAIL',
    ]);
  });

  it('is well-formed XML, whatever stands in it', () => {
    const wild = fc.string({ unit: 'binary', maxLength: 200 });
    const all = fc.sample(wild, 200).concat(']]>', '\0\u0007\uFFFE\uD800', '\u{10FFFF}');
    const about: Finding[] = all.map((message) => ({
      rule: 'usage',
      level: 'error',
      message,
      hint: message,
    }));
    const file = join(folder, 'wild.xml');
    const notes = about.map((each) => ({ ...each, level: 'note' as const, subject: 'vm.a' as const }));
    writeFileSync(file, junitXml('nova plan', [...about, ...notes]));
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--huge', file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
