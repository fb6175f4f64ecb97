import { formatIssue, type Issue } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import type { WantedCondition } from './recorder.ts';
import { isTerminal, type Standing, unknownStanding } from './standing.ts';

/** What the conditions of one source are made of. */
export interface Situation {
  /** What is being enforced; undefined while nothing is. */
  readonly plan: Plan | undefined;
  readonly standingOf: (address: Address) => Standing | undefined;
  readonly blocked: ReadonlyMap<Address, Address>;
  readonly withheld: ReadonlyMap<Address, string>;
  /** What a person has stopped. */
  readonly held: ReadonlySet<Address>;
  readonly suspended: boolean;
  /** Why the newest revision cannot be had, is refused, or waits for a person; the last good one stays meanwhile. */
  readonly trouble: readonly Issue[];
}

/** Pure: every condition that holds. */
export function conditionsOf(situation: Situation): readonly WantedCondition[] {
  const resources = (situation.plan?.resources ?? [])
    .filter(({ action }) => action !== 'keep')
    .map((planned) => ({ planned, state: stateOf(planned, situation) }));
  const each = resources.flatMap(({ planned, state }) => ofResource(planned.address, state));
  return [...ofSource(situation, resources), ...each];
}

/** Pure: whether everything is as declared and was seen to work, but for what a person has stopped. */
export function isConverged({
  plan,
  standingOf,
  held,
}: Pick<Situation, 'plan' | 'standingOf' | 'held'>): boolean {
  if (plan === undefined) return false;
  return plan.resources.every((planned) => {
    const { busy, verified } = standingOf(planned.address) ?? unknownStanding;
    if (planned.action === 'keep' || held.has(planned.address)) return true;
    return planned.steps.length === 0 && planned.problems.length === 0 && !busy && verified;
  });
}

interface State {
  readonly state: 'ready' | 'working' | 'waiting' | 'stopped' | 'stalled';
  readonly reason: string;
  readonly message: string;
}

function stateOf(planned: PlannedResource, situation: Situation): State {
  const { address, problems, steps } = planned;
  const standing = situation.standingOf(address) ?? unknownStanding;
  const [problem] = problems;
  if (problem !== undefined) return { ...told(problem), state: 'stalled' };
  if (situation.held.has(address) && steps.length > 0) {
    const message = `a person has stopped it; \`nova start ${address}\` starts it again`;
    return { state: 'stopped', reason: 'Stopped', message };
  }
  const consent = situation.withheld.get(address);
  if (consent !== undefined) return { state: 'stalled', reason: 'approval.needed', message: consent };
  if (standing.busy && standing.error === undefined)
    return { state: 'working', reason: 'Converging', message: 'being made as declared' };
  if (standing.error !== undefined)
    return { ...told(standing.error), state: isTerminal(standing.error) ? 'stalled' : 'working' };
  const by = situation.blocked.get(address);
  if (by !== undefined) return { state: 'waiting', reason: 'Blocked', message: `waits for ${by}` };
  if (steps.length > 0 || (!standing.verified && !situation.held.has(address)))
    return { state: 'working', reason: 'Converging', message: 'being made as declared' };
  return { state: 'ready', reason: 'Converged', message: 'as declared' };
}

function told(issue: Issue): Omit<State, 'state'> {
  return { reason: issue.code, message: formatIssue(issue) };
}

function ofResource(subject: string, { state, reason, message }: State): readonly WantedCondition[] {
  const about = { subject, reason, message };
  const ready = { ...about, type: 'Ready', status: state === 'ready' } as const;
  if (state === 'working') return [ready, { ...about, type: 'Reconciling', status: true }];
  return state === 'stalled' ? [ready, { ...about, type: 'Stalled', status: true }] : [ready];
}

function ofSource(
  { plan, suspended, trouble }: Situation,
  resources: readonly { planned: PlannedResource; state: State }[],
): readonly WantedCondition[] {
  const about = { subject: '' };
  const [first] = trouble;
  const unready = resources.filter(({ state }) => state.state !== 'ready');
  const working = unready.some(({ state }) => state.state === 'working' || state.state === 'waiting');
  const verdict = verdictOf(plan, suspended, trouble, unready);
  const conditions: WantedCondition[] = [
    { ...about, type: 'Ready', status: verdict.reason === 'Converged', ...verdict },
  ];
  if ((working || (first !== undefined && !isTerminal(first))) && !suspended)
    conditions.push({ ...about, type: 'Reconciling', status: true, ...verdict });
  const stalled = unready.find(({ state }) => state.state === 'stalled');
  if (first !== undefined && isTerminal(first))
    conditions.push({ ...about, type: 'Stalled', status: true, ...told(first) });
  else if (stalled !== undefined) {
    const { reason, message } = stalled.state;
    conditions.push({ ...about, type: 'Stalled', status: true, reason, message });
  }
  return conditions;
}

function verdictOf(
  plan: Plan | undefined,
  suspended: boolean,
  [first, ...more]: readonly Issue[],
  unready: readonly { planned: PlannedResource; state: State }[],
): { readonly reason: string; readonly message: string } {
  if (suspended) return { reason: 'Suspended', message: 'nothing is changed until it is resumed' };
  if (first !== undefined) {
    const rest = more.length === 0 ? '' : `, and ${more.length} more`;
    return { reason: first.code, message: `${formatIssue(first)}${rest}` };
  }
  if (plan === undefined) return { reason: 'Waiting', message: 'nothing has been read yet' };
  const [one, ...others] = unready;
  if (one === undefined) return { reason: 'Converged', message: 'everything is as declared' };
  const rest = others.length === 0 ? '' : `, and ${others.length} more`;
  return { reason: one.state.reason, message: `${one.planned.address}: ${one.state.message}${rest}` };
}
