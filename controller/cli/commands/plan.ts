import { hasChanges, problemsOf } from '../../plan/plan.ts';
import { issuesText } from '../../render/issues.ts';
import { planJson } from '../../render/planJson.ts';
import { planText } from '../../render/planText.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { planReadOnly } from '../readOnly.ts';

/** Shows what would change; changes nothing. */
export async function plan(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { plan: planned } = await planReadOnly(project, options);
  const problems = problemsOf(planned);
  if (options.json) writeJson(io, planJson(planned));
  else {
    io.out.write(planText(planned, io.style));
    if (problems.length > 0) io.err.write(`\n${issuesText(problems, project.text, io.errStyle)}`);
  }
  if (problems.length > 0) return exitCodes.error;
  return options.detailedExitcode && hasChanges(planned) ? exitCodes.found : exitCodes.done;
}
