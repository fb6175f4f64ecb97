import { applyPlan } from '../../../controller/apply/applyPlan.ts';
import { lastApplied } from '../../../controller/plan/known.ts';
import { makePlan } from '../../../controller/plan/makePlan.ts';
import type { Plan } from '../../../controller/plan/plan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import { readProject } from '../../../controller/project.ts';
import { openSession } from '../../../controller/session.ts';
import type { World } from './world.ts';

/** Nova at work on a world, in this process: what costs a start of the program each time costs none here. */
export interface AtWork extends AsyncDisposable {
  plan(): Promise<Plan>;
  /** Makes it so; everything must come out well. */
  apply(): Promise<void>;
}

export async function openAtWork(world: World): Promise<AtWork> {
  const { manifest, issues } = await readProject(world.file);
  if (manifest === undefined) throw new Error(JSON.stringify(issues));
  const session = await openSession(manifest, {
    netns: world.netns,
    dataDirectory: world.dataDirectory,
    stateDirectory: world.stateDirectory,
    lockTimeout: 60_000,
    command: 'a test',
    onWait: () => undefined,
  });
  const look = async () => {
    const surveyed = await survey(session.host.view(), manifest);
    return { surveyed, plan: makePlan(manifest, surveyed, {}, lastApplied(session.store, session.owner)) };
  };
  const nothing = (): void => undefined;
  const progress = {
    ...{ begun: nothing, settled: nothing, retrying: nothing, left: nothing, close: nothing },
    phase: nothing,
  };
  const { signal } = new AbortController();
  return {
    plan: async () => (await look()).plan,
    apply: async () => {
      const { plan, surveyed } = await look();
      const options = { parallelism: undefined, progress, stop: signal, force: signal };
      const outcomes = await applyPlan(session, manifest, plan, surveyed, options);
      const failed = [...outcomes].filter(([, { state }]) => state !== 'ready');
      if (failed.length > 0) throw new Error(JSON.stringify(failed));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
