import type { Manifest } from '../../schema/manifest.ts';
import { type ReadProject, readProject } from '../project.ts';
import { issueJson, issuesText, warningsText } from '../render/issues.ts';
import { type Io, writeJson } from './io.ts';
import type { Invocation } from './main.ts';

/** A project whose NovaFile is good. */
export type LoadedProject = ReadProject & { readonly manifest: Manifest };

/** Reads the NovaFile and tells its warnings; one that has issues is reported, and undefined comes back. */
export async function loadManifest({ options, io }: Invocation): Promise<LoadedProject | undefined> {
  const project = await readProject(options.file);
  if (!options.json) io.err.write(warningsText(project.warnings, project.text, io.errStyle));
  if (project.manifest !== undefined) return { ...project, manifest: project.manifest };
  reportIssues(io, options.json, project);
  return undefined;
}

/** For programs, issues and warnings in one document; for people the issues, as the warnings were told before. */
export function reportIssues(io: Io, json: boolean, { issues, warnings, text }: ReadProject): void {
  if (json) {
    const parts = { issues: issues.map(issueJson), warnings: warnings.map(issueJson) };
    writeJson(io, { format_version: '1.0', ...parts });
  } else io.err.write(issuesText(issues, text, io.errStyle));
}
