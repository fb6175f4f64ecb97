import type { Manifest } from '../../../schema/manifest.ts';
import { readPlanFile } from '../../savedPlanFile.ts';
import { agreement } from '../agreement.ts';
import { exitCodes } from '../exitCodes.ts';
import { findOwner } from '../findOwner.ts';
import { type LoadedProject, loadManifest, loadWithSecrets } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { planOptions } from '../readOnly.ts';
import { checkTargets } from '../targets.ts';
import { undertake } from '../undertake.ts';

/** Makes the host look like the NovaFile, after showing the plan and asking; or runs exactly the plan that was saved. */
export async function apply(invocation: Invocation): Promise<number> {
  const saved = readPlanFile(invocation.options.file);
  if (saved !== undefined) return (await import('../applySaved.ts')).applySaved(invocation, saved);
  const project = await loadWithSecrets(invocation);
  if (project === undefined) return exitCodes.error;
  checkTargets(project.manifest, invocation.options.targets);
  const { targets, deleteVolumes } = invocation.options;
  // A controller does the whole of what its source says. For a part of it, or more than that, it lends the project.
  const isWhole = targets === undefined && !deleteVolumes;
  const owner = isWhole ? await findOwner(invocation.options, project.manifest.project) : undefined;
  if (owner !== undefined)
    return (await import('../applyThrough.ts')).applyThrough(invocation, project, owner);
  return converge(invocation, project, project.manifest, 'apply');
}

/** As `apply`, for one resource with what it depends on, and without a question. */
export function run(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  return apply({ ...invocation, options: { ...options, targets: options.subjects, yes: true } });
}

/** Takes away everything that the project owns: the same way, for an empty manifest. */
export async function destroy(invocation: Invocation): Promise<number> {
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const { manifest } = project;
  return converge(invocation, project, { ...manifest, resources: [] }, 'destroy', manifest);
}

function converge(
  invocation: Invocation,
  { texts, pointing }: LoadedProject,
  manifest: Manifest,
  verb: 'apply' | 'destroy',
  file?: Manifest,
): Promise<number> {
  const { options } = invocation;
  const terms = planOptions(options, manifest);
  return undertake(invocation, {
    manifest,
    texts,
    pointing,
    verb,
    file,
    planOptions: terms,
    place: options,
    agree: agreement(invocation, manifest, terms, verb),
  });
}
