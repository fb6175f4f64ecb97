import { unbuiltDoubts } from '../../unbuiltDoubts.ts';
import { exitCodes } from '../exitCodes.ts';
import { loadManifest, reportIssues } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';

/** Says everything that is wrong with a NovaFile, and what of it is not built yet, without looking at the host. */
export async function validate(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadManifest(invocation, unbuiltDoubts);
  if (project === undefined) return exitCodes.error;
  const count = project.manifest.resources.length;
  if (options.json || options.report !== undefined) await reportIssues(io, options, project);
  else io.out.write(`${project.shownAs} is valid: ${count} ${count === 1 ? 'resource' : 'resources'}.\n`);
  return exitCodes.done;
}
