import { formatLocation } from '../../schema/location.ts';
import type { Address } from '../../schema/manifest.ts';
import type { Finding } from './findings.ts';

/**
 * Findings as JUnit's XML, in the form that Jenkins, GitLab and Forgejo read: a test case for each resource, and one for
 * what is about none. An error is `error`, drift is `failure`, what is only told stands in `system-out`.
 */
export function junitXml(
  suite: string,
  findings: readonly Finding[],
  subjects: readonly Address[] = [],
): string {
  const bySubject = Map.groupBy(findings, ({ subject }) => subject);
  const names = [...new Set([...subjects, ...bySubject.keys()])].filter((name) => name !== undefined);
  const cases = [
    { classname: 'NovaFile', name: suite, findings: bySubject.get(undefined) ?? [] },
    ...names.map((name) => ({
      classname: name.split('.')[0] ?? '',
      name,
      findings: bySubject.get(name) ?? [],
    })),
  ];
  const of = (level: Finding['level']) =>
    cases.filter((each) => verdictOf(each.findings)?.level === level).length;
  const counts = `tests="${cases.length}" failures="${of('warning')}" errors="${of('error')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="nova" ${counts}>`,
    `  <testsuite name="${escaped(suite)}" ${counts} skipped="0" time="0">`,
    ...cases.flatMap((each) => caseLines(each)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  readonly classname: string;
  readonly name: string;
  readonly findings: readonly Finding[];
}

function caseLines({ classname, name, findings }: Case): readonly string[] {
  const head = `    <testcase classname="${escaped(classname)}" name="${escaped(name)}" time="0"`;
  const text = escaped(findings.map(lineOf).join('\n'));
  const verdict = verdictOf(findings);
  if (verdict === undefined)
    return findings.length === 0
      ? [`${head}/>`]
      : [`${head}>`, `      <system-out>${text}</system-out>`, '    </testcase>'];
  const element = verdict.level === 'error' ? 'error' : 'failure';
  const about = `type="${escaped(verdict.rule)}" message="${escaped(verdict.message)}"`;
  return [`${head}>`, `      <${element} ${about}>${text}</${element}>`, '    </testcase>'];
}

/** What decides: the first error, else the first drift. A plan that changes something is no failure. */
function verdictOf(findings: readonly Finding[]): Finding | undefined {
  const failing = findings.filter(
    ({ level, rule }) => level === 'error' || (level === 'warning' && rule.startsWith('drift.')),
  );
  return failing.find(({ level }) => level === 'error') ?? failing[0];
}

function lineOf({ at, message, hint }: Finding): string {
  const place = at === undefined ? '' : `${formatLocation(at)}: `;
  return `${place}${message}${hint === undefined ? '' : `\n${hint}`}`;
}

/** XML 1.0, section 2.2: most control characters, lone surrogates, U+FFFE and U+FFFF cannot stand in it, not even escaped. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;');
}
