import { setTimeout as sleep } from 'node:timers/promises';

import { NovaError } from '../../schema/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { tellController } from '../control/client.ts';
import { consent } from './consent.ts';
import { exitCodes } from './exitCodes.ts';
import type { LoadedProject } from './loadManifest.ts';
import type { Invocation } from './main.ts';
import { type OwningSource, sourcesOf } from './owner.ts';
import { planReadOnly } from './readOnly.ts';
import { showPlan } from './undertake.ts';

/** ms between looks whether the controller has come to rest */
const glance = 100;

/**
 * Where a controller owns the project it is told, and does what was shown and agreed to: there is one writer. What it waits
 * with is agreed to by the hash of the plan that was shown.
 * @param more `refuse` looks at the plan before it is shown; `agreed` is called when it was agreed to, before anything is done
 * @throws NovaError `project.claimed` when it follows another NovaFile; `plan.stale` when it waits with another plan
 */
export async function applyThrough(
  invocation: Invocation,
  project: LoadedProject,
  source: OwningSource,
  more: { readonly refuse?: (plan: Plan) => void; readonly agreed?: () => void } = {},
): Promise<number> {
  const { options, io } = invocation;
  const { manifest } = project;
  if (source.file !== manifest.file) {
    throw new NovaError(
      'project.claimed',
      `a controller keeps ${manifest.project} as ${source.file ?? 'its source'} says (source ${source.name})`,
      { hint: 'change it there, or stop the controller first' },
    );
  }
  const { plan } = await planReadOnly(project, options);
  more.refuse?.(plan);
  showPlan(invocation, plan);
  await consent(io, options, plan, 'apply');
  more.agreed?.();
  const path = `/v1/sources/${encodeURIComponent(source.name)}`;
  await tellController(options.stateDirectory, `${path}/reconcile`);
  let ended = await settled(options.stateDirectory, source.name);
  if (verdictOf(ended)?.reason === 'approval.needed') {
    await tellController(options.stateDirectory, `${path}/approve`, { plan_hash: plan.hash });
    ended = await settled(options.stateDirectory, source.name);
  }
  const verdict = verdictOf(ended);
  io.out.write(`\nApplied by the controller: ${verdict?.message ?? 'it does not say how it went'}.\n`);
  return verdict?.status === true ? exitCodes.done : exitCodes.error;
}

async function settled(stateDirectory: string, name: string): Promise<OwningSource | undefined> {
  for (;;) {
    await sleep(glance);
    const source = (await sourcesOf(stateDirectory))?.sources.find((each) => each.name === name);
    if (source === undefined || source.settled) return source;
  }
}

function verdictOf(source: OwningSource | undefined) {
  return source?.conditions.find(({ subject, type }) => subject === '' && type === 'Ready');
}
