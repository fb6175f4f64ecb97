import type { Manifest } from '../../schema/manifest.ts';
import type { NovaFileInput } from '../../schema/parse.ts';
import { sensitiveIn } from '../../schema/sensitive.ts';
import { type ReadProject, readProject } from '../project.ts';
import { issueJson, issuesText, warningsText } from '../render/issues.ts';
import type { Options } from './args.ts';
import { type Io, writeJson } from './io.ts';
import type { Invocation } from './main.ts';
import { writeReport } from './report.ts';

/** A project whose NovaFile is good. */
export type LoadedProject = ReadProject & { readonly manifest: Manifest };

/** Reads the NovaFile and tells its warnings; one that has issues is reported, and undefined comes back. */
export async function loadManifest(
  { options, io, files }: Invocation,
  doubts?: NovaFileInput['doubts'],
): Promise<LoadedProject | undefined> {
  const project = await readProject(options.file, options.choices, doubts, files);
  if (!options.json && options.report === undefined)
    io.err.write(warningsText(project.warnings, project.texts, io.errStyle));
  if (project.manifest !== undefined) return { ...project, manifest: project.manifest };
  await reportIssues(io, options, project);
  return undefined;
}

/**
 * As {@link loadManifest}, with the values of secrets: for whoever compares with the host, or changes it. What cannot be
 * had is reported, and undefined comes back.
 */
export async function loadWithSecrets(invocation: Invocation): Promise<LoadedProject | undefined> {
  const project = await loadManifest(invocation);
  if (project === undefined || sensitiveIn(project.manifest.resources).length === 0) return project;
  const { readSecrets } = await import('../secrets/readSecrets.ts');
  const issues = await readSecrets(project.manifest, process.env);
  if (issues.length === 0) return project;
  const pointed = (await project.pointing?.(issues)) ?? issues;
  await reportIssues(invocation.io, invocation.options, { ...project, issues: pointed });
  return undefined;
}

/** For programs, issues and warnings in one document; for people the issues, as the warnings were told before. */
export async function reportIssues(
  io: Io,
  { json, report }: Pick<Options, 'json' | 'report'>,
  { issues, warnings, texts }: ReadProject,
): Promise<void> {
  if (report !== undefined) await writeReport(io, report, { issues, warnings });
  else if (json) {
    const parts = { issues: issues.map(issueJson), warnings: warnings.map(issueJson) };
    writeJson(io, { format_version: '1.0', ...parts });
  } else io.err.write(issuesText(issues, texts, io.errStyle));
}
