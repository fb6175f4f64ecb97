import type { Address, Manifest } from '../../schema/manifest.ts';
import { issuesOf } from '../apply/applyPlan.ts';
import type { Outcome } from '../apply/runPlan.ts';
import { hasChanges, type Plan, problemsOf } from '../plan/plan.ts';
import { issueJson, issuesText } from '../render/issues.ts';
import { planJson } from '../render/planJson.ts';
import { exitCodes } from './exitCodes.ts';
import { type Io, writeJson } from './io.ts';
import type { LoadedProject } from './loadManifest.ts';

export interface RunReport {
  readonly io: Io;
  readonly json: boolean;
  readonly project: LoadedProject;
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly verb: 'apply' | 'destroy';
}

/** Says how a run ended, every error at once, and decides the exit code. */
export function reportRun(report: RunReport, outcomes: ReadonlyMap<Address, Outcome>): number {
  const { io, json, project, manifest, plan } = report;
  const ran = outcomes.size > 0;
  const issues = ran ? issuesOf(manifest, plan, outcomes) : problemsOf(plan);
  const interrupted = [...outcomes.values()].some(({ state }) => state === 'interrupted');
  if (json) {
    const settled = Object.fromEntries([...outcomes].map(([address, { state }]) => [address, state]));
    writeJson(io, { ...planJson(plan), outcomes: settled, issues: issues.map(issueJson) });
  } else {
    if (issues.length > 0) io.err.write(`\n${issuesText(issues, project.text, io.errStyle)}`);
    if (ran && hasChanges(plan)) io.out.write(`\n${closing(report, outcomes)}\n`);
  }
  if (interrupted) return exitCodes.interrupted;
  return issues.length > 0 ? exitCodes.error : exitCodes.done;
}

function closing({ plan, verb }: RunReport, outcomes: ReadonlyMap<Address, Outcome>): string {
  const changed = plan.resources.filter(({ steps }) => steps.length > 0);
  const count = (state: Outcome['state']): number =>
    changed.filter(({ address }) => outcomes.get(address)?.state === state).length;
  const parts = [
    `${count('ready')} of ${changed.length} ${verb === 'destroy' ? 'destroyed' : 'applied'}`,
    ...(['stalled', 'blocked', 'interrupted'] as const)
      .filter((state) => count(state) > 0)
      .map((state) => `${count(state)} ${state === 'stalled' ? 'failed' : state}`),
  ];
  return `${verb === 'destroy' ? 'Destroy' : 'Apply'}: ${parts.join(', ')}.`;
}
