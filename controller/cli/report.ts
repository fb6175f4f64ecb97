import { findingsFrom, type Finding } from '../render/findings.ts';
import type { ReadProject } from '../project.ts';
import type { ReportFormat } from './formats.ts';
import { type Io, writeJson } from './io.ts';
import { version } from './version.ts';

/** Tells findings, and the warnings and issues of the NovaFile, in a format that other tools read. */
export async function writeReport(
  io: Io,
  format: ReportFormat,
  { issues, warnings }: Pick<ReadProject, 'issues' | 'warnings'>,
  more: readonly Finding[] = [],
): Promise<void> {
  const findings = [...findingsFrom(issues, 'error'), ...findingsFrom(warnings, 'warning'), ...more];
  if (format === 'github') {
    const { githubAnnotations } = await import('../render/github.ts');
    io.out.write(githubAnnotations(findings));
    return;
  }
  const { sarifLog } = await import('../render/sarif.ts');
  writeJson(io, sarifLog(findings, await version()));
}
