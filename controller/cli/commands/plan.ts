import { resolve } from 'node:path';

import { hasChanges, problemsOf } from '../../plan/plan.ts';
import { canonicalFolder } from '../../folders.ts';
import { planFindings } from '../../render/findings.ts';
import { issuesText } from '../../render/issues.ts';
import { planJson } from '../../render/planJson.ts';
import { planText } from '../../render/planText.ts';
import { scopeAt } from '../../session.ts';
import type { Options } from '../args.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { type LoadedProject, loadWithSecrets } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { planOptions, planReadOnly } from '../readOnly.ts';
import { writeReport } from '../report.ts';

type Planned = Awaited<ReturnType<typeof planReadOnly>>;

/** Shows what would change, and with `--out` saves it; changes nothing on the host. */
export async function plan(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadWithSecrets(invocation);
  if (project === undefined) return exitCodes.error;
  const { plan: planned, surveyed } = await planReadOnly(project, options);
  const problems = problemsOf(planned);
  const quiet = options.json || options.report !== undefined;
  if (options.report !== undefined)
    await writeReport(io, options.report, project, {
      title: 'nova plan',
      findings: planFindings(planned, project.manifest),
      subjects: planned.resources.map(({ address }) => address),
      markdown: async (more) => (await import('../../render/planMarkdown.ts')).planMarkdown(planned, more),
    });
  else if (options.json) writeJson(io, planJson(planned));
  else io.out.write(planText(planned, io.style));
  if (options.out !== undefined) {
    await save(options.out, project, { plan: planned, surveyed }, options);
    const note = `\nSaved to ${options.out}: \`nova apply ${options.out}\` does exactly this, or refuses.\n`;
    if (!quiet) io.out.write(note);
  }
  if (problems.length > 0 && !quiet) io.err.write(`\n${issuesText(problems, project.texts, io.errStyle)}`);
  if (problems.length > 0) return exitCodes.error;
  return options.detailedExitcode && hasChanges(planned) ? exitCodes.found : exitCodes.done;
}

async function save(
  path: string,
  { manifest }: LoadedProject,
  planned: Planned,
  options: Options,
): Promise<void> {
  const { savedPlanJson } = await import('../../plan/savedPlan.ts');
  const { seal } = await import('../../secrets/sealed.ts');
  const { ensureHostKey } = await import('../../secrets/hostKey.ts');
  const { writePlanFile } = await import('../../savedPlanFile.ts');
  const place = {
    scope: scopeAt(options).id,
    netns: options.netns,
    dataDirectory: canonicalFolder(options.dataDirectory),
    stateDirectory: resolve(options.stateDirectory),
  };
  const sealed = await seal(manifest, () => ensureHostKey(options.stateDirectory));
  const terms = planOptions(options, manifest);
  writePlanFile(path, savedPlanJson({ ...planned, manifest, sealed, options: terms }, place));
}
