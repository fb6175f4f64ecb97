import type { Choices, Files } from '../../schema/files.ts';
import type { SecretSources } from '../../schema/secret.ts';
import { type Sensitive, sensitiveIn } from '../../schema/sensitive.ts';
import { defaultSources } from '../../schema/secretsTable.ts';
import { folderOf } from '../../schema/paths.ts';
import { localFiles, type ReadProject, readProject } from '../project.ts';

/** A NovaFile with the values of its secrets, which are nowhere but in memory. */
export interface WholeProject extends ReadProject {
  /** Everything sensitive in it. */
  readonly secrets: readonly Sensitive[];
  /** Absolute paths of the files that values are from. */
  readonly secretFiles: readonly string[];
}

/**
 * Reads it; what cannot be had is an issue.
 * @param prepare called before values are read, where there are any
 */
export async function readWhole(
  path: string,
  choices: Choices = {},
  prepare: () => Promise<unknown> = async () => undefined,
  files: Files = localFiles,
): Promise<WholeProject> {
  const project = await readProject(path, choices, undefined, files);
  const { manifest } = project;
  const secrets = sensitiveIn(manifest?.resources);
  if (manifest === undefined || secrets.length === 0) return { ...project, secrets, secretFiles: [] };
  await prepare();
  const { readSecrets } = await import('../secrets/readSecrets.ts');
  const issues = await readSecrets(manifest, process.env);
  const secretFiles = filesOf(manifest.secrets ?? defaultSources(folderOf(manifest.file)));
  const whole = { ...project, secrets, secretFiles };
  if (issues.length === 0) return whole;
  const pointed = (await project.pointing?.(issues)) ?? issues;
  return { ...whole, manifest: undefined, issues: pointed };
}

function filesOf({ file, from }: SecretSources): readonly string[] {
  return [file, ...Object.values(from).flatMap((source) => ('path' in source ? [source.path] : []))];
}
