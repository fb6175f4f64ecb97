import { type Issue, NovaError, toNovaError } from '../../schema/errors.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import { createWorkplace, refuseMissing } from '../apply/applyPlan.ts';
import type { Workplace } from '../apply/convergeResource.ts';
import type { Powered, PowerRun } from '../apply/power.ts';
import { prepareFoundation } from '../foundation.ts';
import { makePlan } from '../plan/makePlan.ts';
import type { Plan } from '../plan/plan.ts';
import { survey } from '../plan/survey.ts';
import { issueJson, issueOf, issuesText } from '../render/issues.ts';
import type { Session } from '../session.ts';
import { exitCodes } from './exitCodes.ts';
import { writeJson } from './io.ts';
import { type LoadedProject, loadWithSecrets } from './loadManifest.ts';
import type { Invocation } from './main.ts';
import { runnableNamed } from './subject.ts';
import { openLocked, startRun } from './undertake.ts';

/** What a command does to one resource after another. */
export interface PowerWork {
  readonly did: 'stop' | 'start';
  /** Refuses by throwing, for this resource alone, before it is touched. */
  readonly check?: (powered: Powered, plan: Plan) => void;
  readonly act: (place: Workplace, powered: Powered, run: PowerRun) => Promise<PowerDone>;
}

export interface PowerDone {
  readonly changed: boolean;
  /** For a person, one line. */
  readonly message: string;
}

/**
 * Does the pieces of work, one after the other, to each resource that was named; the last one tells what was done. What
 * goes wrong with one resource keeps nobody from the next. Resolves to the exit code.
 */
export async function changePower(invocation: Invocation, works: readonly PowerWork[]): Promise<number> {
  const { io, options } = invocation;
  const project = await loadWithSecrets(invocation);
  if (project === undefined) return exitCodes.error;
  const { manifest } = project;
  const resources = runnableNamed(manifest, options.subjects);
  const issues: Issue[] = [];
  const done: (PowerDone & { readonly address: Address })[] = [];
  await using session = await openLocked(invocation, manifest, options);
  using run = startRun(invocation, session);
  for (const { address } of resources) {
    try {
      const results: PowerDone[] = [];
      for (const work of works) results.push(await workOn(session, project, address, work, run));
      done.push(...results.slice(-1).map((result) => ({ address, ...result })));
    } catch (error) {
      if (run.stop.aborted) throw error;
      issues.push(issueOf(toNovaError(error)));
    }
  }
  run.progress.close();
  const did = works.at(-1)?.did ?? 'start';
  session.note({ did, addresses: done.map(({ address }) => address) });
  if (options.json) {
    writeJson(io, {
      format_version: '1.0',
      project: manifest.project,
      resources: done,
      issues: issues.map(issueJson),
    });
  } else {
    for (const { message } of done) io.out.write(`${message}\n`);
    if (issues.length > 0) io.err.write(issuesText(issues, project.texts, io.errStyle));
  }
  return issues.length > 0 ? exitCodes.error : exitCodes.done;
}

function asRunning(manifest: Manifest, address: Address): Manifest {
  const resources = manifest.resources.map((resource): Resource => {
    if (resource.address !== address || !('state' in resource.spec)) return resource;
    return { ...resource, spec: { ...resource.spec, state: 'running' } };
  });
  return { ...manifest, resources };
}

async function workOn(
  session: Session,
  { manifest: declared }: LoadedProject,
  address: Address,
  { check, act }: PowerWork,
  run: ReturnType<typeof startRun>,
): Promise<PowerDone> {
  // Whoever starts it by hand wants it to run now, whatever the NovaFile says of later.
  const manifest = check === undefined ? declared : asRunning(declared, address);
  const surveyed = await survey(session.host.view(), manifest);
  const plan = makePlan(manifest, surveyed);
  const planned = plan.resources.find((each) => each.address === address);
  const resource = manifest.resources.find((each) => each.address === address);
  if (planned === undefined || resource === undefined)
    throw new NovaError('internal', `${address} was not planned`);
  if (check !== undefined) {
    check({ planned, resource }, plan);
    await refuseMissing(session, manifest, { ...plan, resources: [planned] });
    await prepareFoundation(session.host, session.store);
  }
  const place = createWorkplace(session, manifest, surveyed, run);
  run.progress.begun(planned);
  try {
    return await act(place, { planned, resource }, { ...run, plan });
  } finally {
    run.progress.left(planned);
  }
}
