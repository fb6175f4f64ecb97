import type { Address } from '../../schema/manifest.ts';
import { findingsFrom, type Finding } from '../render/findings.ts';
import type { ReadProject } from '../project.ts';
import type { ReportFormat } from './formats.ts';
import { type Io, writeJson } from './io.ts';
import { version } from './version.ts';

/** What a command found, beside what is said of the NovaFile. */
export interface Found {
  /** `nova plan` */
  readonly title: string;
  readonly findings: readonly Finding[];
  /** Every resource that was looked at. */
  readonly subjects: readonly Address[];
  /** As a comment, given what else is to be told. */
  readonly markdown: (more: readonly Finding[]) => Promise<string>;
}

/** Tells findings, and the warnings and issues of the NovaFile, in a format that other tools read. */
export async function writeReport(
  io: Io,
  format: ReportFormat,
  { issues, warnings }: Pick<ReadProject, 'issues' | 'warnings'>,
  found?: Found,
): Promise<void> {
  const ofFile = [...findingsFrom(issues, 'error'), ...findingsFrom(warnings, 'warning')];
  const all = [...ofFile, ...(found?.findings ?? [])];
  if (format === 'github') {
    const { githubAnnotations } = await import('../render/github.ts');
    io.out.write(githubAnnotations(all));
  } else if (format === 'junit') {
    const { junitXml } = await import('../render/junit.ts');
    io.out.write(junitXml(found?.title ?? 'nova', all, found?.subjects));
  } else if (format === 'markdown') {
    const { findingsMarkdown } = await import('../render/planMarkdown.ts');
    const more = [...ofFile, ...(found?.findings ?? []).filter(({ level }) => level === 'error')];
    io.out.write(found === undefined ? findingsMarkdown(ofFile) : await found.markdown(more));
  } else {
    const { sarifLog } = await import('../render/sarif.ts');
    writeJson(io, sarifLog(all, await version()));
  }
}
