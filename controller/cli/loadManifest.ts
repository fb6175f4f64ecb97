import type { Manifest } from '../../schema/manifest.ts';
import { type ReadProject, readProject } from '../project.ts';
import { issueJson, issuesText } from '../render/issues.ts';
import { type Io, writeJson } from './io.ts';
import type { Invocation } from './main.ts';

/** A project whose NovaFile is good. */
export type LoadedProject = ReadProject & { readonly manifest: Manifest };

/** Reads the NovaFile; one that has issues is reported, and undefined comes back. */
export async function loadManifest({ options, io }: Invocation): Promise<LoadedProject | undefined> {
  const project = await readProject(options.file);
  if (project.manifest !== undefined) return { ...project, manifest: project.manifest };
  reportIssues(io, options.json, project);
  return undefined;
}

export function reportIssues(io: Io, json: boolean, { issues, text }: Pick<ReadProject, 'issues' | 'text'>): void {
  if (json) writeJson(io, { format_version: '1.0', issues: issues.map(issueJson) });
  else io.err.write(issuesText(issues, text, io.errStyle));
}
