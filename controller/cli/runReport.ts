import type { Texts } from '../../schema/diagnostic.ts';
import type { Issue } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import { issuesOf } from '../apply/applyPlan.ts';
import type { Outcome } from '../apply/runPlan.ts';
import { hasChanges, type Plan, problemsOf } from '../plan/plan.ts';
import { issueJson, issuesText } from '../render/issues.ts';
import { planJson } from '../render/planJson.ts';
import { exitCodes } from './exitCodes.ts';
import { type Io, writeJson } from './io.ts';

/** What a run is called to those who look at it. */
export type Verb = 'apply' | 'destroy' | 'rollback' | 'forget';

export interface RunReport {
  readonly io: Io;
  readonly json: boolean;
  /** Of the files that the manifest is from; undefined when they may be others by now. */
  readonly texts: Texts | undefined;
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly verb: Verb;
}

/** Says how a run ended, every error at once, and decides the exit code. */
export function reportRun(report: RunReport, outcomes: ReadonlyMap<Address, Outcome>): number {
  const { io, json, texts, manifest, plan } = report;
  const ran = outcomes.size > 0;
  const issues = placed(ran ? issuesOf(manifest, plan, outcomes) : problemsOf(plan), texts);
  const interrupted = [...outcomes.values()].some(({ state }) => state === 'interrupted');
  if (json) {
    const settled = Object.fromEntries([...outcomes].map(([address, { state }]) => [address, state]));
    writeJson(io, { ...planJson(plan), outcomes: settled, issues: issues.map(issueJson) });
  } else {
    if (issues.length > 0) io.err.write(`\n${issuesText(issues, texts ?? new Map(), io.errStyle)}`);
    if (ran && hasChanges(plan)) io.out.write(`\n${closing(report, outcomes)}\n`);
  }
  if (interrupted) return exitCodes.interrupted;
  return issues.length > 0 ? exitCodes.error : exitCodes.done;
}

/** Lines of a text that nobody has any more would mislead. */
function placed(issues: readonly Issue[], texts: Texts | undefined): readonly Issue[] {
  return texts === undefined ? issues.map(({ at: _, ...issue }) => issue) : issues;
}

const closings: Readonly<Record<Verb, readonly [name: string, done: string]>> = {
  apply: ['Apply', 'applied'],
  destroy: ['Destroy', 'destroyed'],
  rollback: ['Rollback', 'applied'],
  forget: ['Forget', 'forgotten'],
};

function closing({ plan, verb }: RunReport, outcomes: ReadonlyMap<Address, Outcome>): string {
  const changed = plan.resources.filter(({ steps }) => steps.length > 0);
  const count = (state: Outcome['state']): number =>
    changed.filter(({ address }) => outcomes.get(address)?.state === state).length;
  const [name, done] = closings[verb];
  const parts = [
    `${count('ready')} of ${changed.length} ${done}`,
    ...(['stalled', 'blocked', 'interrupted'] as const)
      .filter((state) => count(state) > 0)
      .map((state) => `${count(state)} ${state === 'stalled' ? 'failed' : state}`),
  ];
  return `${name}: ${parts.join(', ')}.`;
}
