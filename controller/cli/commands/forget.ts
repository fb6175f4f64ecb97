import { applyPlan } from '../../apply/applyPlan.ts';
import { forgetPlan } from '../../plan/forgetPlan.ts';
import { survey } from '../../plan/survey.ts';
import { consent } from '../consent.ts';
import { exitCodes } from '../exitCodes.ts';
import { loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { reportRun } from '../runReport.ts';
import { openLocked, showPlan, startRun } from '../undertake.ts';

/** Gives resources up: they stay as they are, and Nova does not own them any more. Asks as `apply` does. */
export async function forget(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { manifest, texts } = project;
  await using session = await openLocked(invocation, manifest, options);
  const surveyed = await survey(session.host.view(), manifest);
  const plan = forgetPlan(manifest, surveyed, options.subjects);
  showPlan(invocation, plan);
  await consent(io, options, plan, 'forget');
  using run = startRun(invocation, session);
  // To the run none of them is declared: what is declared would be made as it says.
  const undeclared = { ...manifest, resources: [] };
  const outcomes = await applyPlan(session, undeclared, plan, surveyed, { ...options, ...run });
  run.progress.close();
  const given = options.subjects.filter((address) => outcomes.get(address)?.state === 'ready');
  session.note({ did: 'forget', addresses: given });
  const code = reportRun(
    { io, json: options.json, texts, manifest: undeclared, plan, verb: 'forget' },
    outcomes,
  );
  const declared = options.subjects.filter((address) =>
    manifest.resources.some((resource) => resource.address === address),
  );
  if (code === exitCodes.done && declared.length > 0 && !options.json) {
    const tables = declared.map((address) => `[${address}]`).join(', ');
    io.err.write(
      `The NovaFile still declares it: remove ${tables}, or take it over again with adopt = true.\n`,
    );
  }
  return code;
}
