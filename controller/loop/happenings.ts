import { formatIssue, type Issue } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import type { NewEvent } from '../../stateStore/loopState.ts';
import { hashOf } from '../plan/hash.ts';
import type { PlannedResource } from '../plan/plan.ts';
import type { WantedCondition } from './recorder.ts';

type Happening = Omit<NewEvent, 'revision'>;

/** Pure: that work on a resource begins, and why: the host moved, or the NovaFile did. */
export function changeEvent(
  { address, action, steps, spec }: PlannedResource,
  applied: ReadonlyMap<Address, unknown> | undefined,
): Happening {
  const agreed = applied?.has(address) === true && hashOf(applied.get(address)) === hashOf(spec);
  const why = steps.map(({ reason }) => reason).join('; ');
  return {
    subject: address,
    severity: agreed ? 'warning' : 'normal',
    reason: agreed ? 'Drifted' : words[action],
    message: why,
  };
}

const words: Readonly<Record<PlannedResource['action'], string>> = {
  create: 'Creating',
  update: 'Updating',
  replace: 'Replacing',
  delete: 'Deleting',
  'no-op': 'Checking',
  keep: 'Keeping',
  forget: 'Forgetting',
};

/** Pure: how work on a resource, or on a NovaFile, ended. */
export function outcomeEvent(planned: PlannedResource | undefined, error: Issue | undefined): Happening {
  const subject = planned?.address ?? '';
  if (error !== undefined)
    return { subject, severity: 'warning', reason: error.code, message: formatIssue(error) };
  const gone = planned?.action === 'delete';
  return {
    subject,
    severity: 'normal',
    reason: gone ? 'Deleted' : 'Converged',
    message: gone ? 'it is gone' : 'it is as declared, and works',
  };
}

/** Pure: that a source as a whole is stuck, and by which resource; nothing while it is not. */
export function stallEvents(conditions: readonly WantedCondition[]): readonly Happening[] {
  const stalled = conditions.filter(({ type, status }) => type === 'Stalled' && status);
  const whole = stalled.find(({ subject }) => subject === '');
  if (whole === undefined) return [];
  const { reason, message } = whole;
  const by = stalled.find(
    (each) => each.subject !== '' && each.reason === reason && each.message === message,
  );
  const text = by === undefined ? message : `${by.subject}: ${message}`;
  return [{ subject: '', severity: 'warning', reason, message: text }];
}

export function appliedText(number: number, { resources }: Manifest): string {
  const count = resources.length === 1 ? '1 resource is' : `${resources.length} resources are`;
  return `generation ${number}: ${count} as declared`;
}

/** That something works which was not touched is nothing new, nor that work was cut short by something newer. */
export function isTold(
  { steps }: PlannedResource,
  error: Issue | undefined,
  before: Issue | undefined,
): boolean {
  if (error === undefined) return steps.length > 0 || before !== undefined;
  return error.code !== 'interrupted' && error.code !== 'plan.stale';
}
