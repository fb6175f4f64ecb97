import type { End, Related } from '../../schema/errors.ts';
import type { Location } from '../../schema/location.ts';
import type { Finding } from './findings.ts';

/**
 * Findings as a SARIF 2.1.0 log (OASIS standard), as code scanning takes it. Files are relative to the working folder,
 * as they are shown, unless their path is absolute.
 */
export function sarifLog(findings: readonly Finding[], version: string): Record<string, unknown> {
  const rules = [...new Set(findings.map(({ rule }) => rule))].toSorted();
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'nova', version, rules: rules.map((id) => ({ id })) } },
        // Section 3.14.17: what our columns count.
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, rules)),
      },
    ],
  };
}

function resultOf(
  { rule, level, message, hint, at, until, related = [] }: Finding,
  rules: readonly string[],
) {
  const elsewhere = related.flatMap((other) => relatedLocation(other));
  return {
    ruleId: rule,
    ruleIndex: rules.indexOf(rule),
    level,
    message: { text: hint === undefined ? message : `${message}\n${hint}` },
    ...(at === undefined ? {} : { locations: [{ physicalLocation: physical(at, until) }] }),
    ...(elsewhere.length === 0 ? {} : { relatedLocations: elsewhere }),
  };
}

function relatedLocation({ message, at, until }: Related): readonly Record<string, unknown>[] {
  return at === undefined ? [] : [{ message: { text: message }, physicalLocation: physical(at, until) }];
}

function physical({ file, line, column }: Location, until: End | undefined) {
  const end = until === undefined ? {} : { endLine: until.line, endColumn: until.column };
  return {
    artifactLocation: { uri: uriOf(file) },
    region: { startLine: line, startColumn: column, ...end },
  };
}

/** RFC 3986: a path whose characters mean themselves. */
function uriOf(file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${path}` : path;
}
