import type { Choices } from '../../schema/files.ts';
import { sensitiveIn } from '../../schema/sensitive.ts';
import { type ReadProject, readProject } from '../project.ts';

/** A NovaFile with the values of its secrets, which are nowhere but in memory. What cannot be had is an issue. */
export async function readWhole(path: string, choices: Choices = {}): Promise<ReadProject> {
  const project = await readProject(path, choices);
  const { manifest } = project;
  if (manifest === undefined || sensitiveIn(manifest.resources).length === 0) return project;
  const { readSecrets } = await import('../secrets/readSecrets.ts');
  const issues = await readSecrets(manifest, process.env);
  return issues.length === 0 ? project : { ...project, manifest: undefined, issues };
}
