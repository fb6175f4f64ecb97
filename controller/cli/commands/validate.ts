import { readProject } from '../../project.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { reportIssues } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';

/** Says everything that is wrong with a NovaFile, without looking at the host. */
export async function validate({ options, io }: Invocation): Promise<number> {
  const project = await readProject(options.file);
  if (project.manifest === undefined) {
    reportIssues(io, options.json, project);
    return exitCodes.error;
  }
  const count = project.manifest.resources.length;
  if (options.json) writeJson(io, { format_version: '1.0', issues: [] });
  else io.out.write(`${project.shownAs} is valid: ${count} ${count === 1 ? 'resource' : 'resources'}.\n`);
  return exitCodes.done;
}
