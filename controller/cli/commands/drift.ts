import type { Manifest } from '../../../schema/manifest.ts';
import { openStateReader } from '../../../stateStore/reader.ts';
import { driftOf, specsOf } from '../../plan/drift.ts';
import { problemsOf } from '../../plan/plan.ts';
import { driftJson, driftText } from '../../render/drift.ts';
import { driftFindings, findingsFrom } from '../../render/findings.ts';
import { issuesText } from '../../render/issues.ts';
import { survey } from '../../plan/survey.ts';
import { scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { loadWithSecrets } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { planReadOnly } from '../readOnly.ts';
import { writeReport } from '../report.ts';

/** Says how the host differs from the NovaFile; changes nothing. */
export async function drift(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadWithSecrets(invocation);
  if (project === undefined) return exitCodes.error;
  const { plan } = await planReadOnly(project, options, (view, manifest) => survey(view, manifest));
  const items = driftOf(
    plan,
    lastApplied(options.stateDirectory, scopeAt(options).id, project.manifest.project),
  );
  const problems = problemsOf(plan);
  if (options.report !== undefined) {
    await writeReport(io, options.report, project, {
      title: 'nova drift',
      findings: [
        ...plan.resources.flatMap((each) => findingsFrom(each.problems, 'error', each.address)),
        ...(await driftFindings(items, project.manifest, project.pointing)),
      ],
      subjects: plan.resources.map(({ address }) => address),
      markdown: async (more) =>
        (await import('../../render/planMarkdown.ts')).driftMarkdown(project.manifest.project, items, more),
    });
  } else if (options.json) writeJson(io, driftJson(project.manifest.project, items));
  else io.out.write(driftText(items, io.style));
  if (problems.length > 0) {
    if (!options.json && options.report === undefined)
      io.err.write(`\n${issuesText(problems, project.texts, io.errStyle)}`);
    return exitCodes.error;
  }
  return items.length > 0 ? exitCodes.found : exitCodes.done;
}

function lastApplied(directory: string, scope: string, project: string) {
  const reader = openStateReader({ directory });
  try {
    const [newest] = reader.generations({ scope, project }, 1);
    return newest === undefined
      ? undefined
      : specsOf(JSON.parse(newest.manifest) as Pick<Manifest, 'resources'>);
  } finally {
    reader.close();
  }
}
