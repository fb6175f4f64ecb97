import type { Issue } from '../../schema/errors.ts';
import { after, before, changesOf, replacePaths } from '../plan/changes.ts';
import { hasChanges, type Plan, type PlannedResource, problemsOf } from '../plan/plan.ts';
import { issueJson } from './issues.ts';

/** Moves its first number when a reader of the old form would be misled. */
export const planFormatVersion = '1.0';

/** The plan for programs; names that Terraform's plan has too mean here what they mean there. */
export function planJson(plan: Plan): Record<string, unknown> {
  return {
    format_version: planFormatVersion,
    project: plan.project,
    plan_hash: plan.hash,
    applyable: hasChanges(plan),
    errored: problemsOf(plan).length > 0,
    resource_changes: plan.resources.map(resourceChange),
    summary: plan.summary,
    unmanaged: plan.intruders,
    issues: problemsOf(plan).map((issue: Issue) => issueJson(issue)),
  };
}

const actions: Record<PlannedResource['action'], readonly string[]> = {
  'no-op': ['no-op'],
  keep: ['no-op'],
  create: ['create'],
  update: ['update'],
  replace: ['delete', 'create'],
  delete: ['delete'],
  forget: ['forget'],
};

function resourceChange(resource: PlannedResource): Record<string, unknown> {
  const { address, kind, action, spec, steps } = resource;
  const changes = changesOf(resource);
  return {
    address,
    type: kind,
    name: address.slice(kind.length + 1),
    ...actionReason(resource),
    ...(resource.replaces === undefined ? {} : { replaces: resource.replaces.address }),
    ...(resource.replacedBy === undefined ? {} : { replaced_by: resource.replacedBy }),
    change: {
      actions: actions[action],
      before: action === 'create' ? null : before(spec, changes),
      after: action === 'delete' || action === 'keep' || action === 'forget' ? null : after(spec, changes),
      after_unknown: Object.fromEntries(
        action === 'create' || action === 'replace'
          ? resource.unknownOutputs.map((name) => [name, true])
          : [],
      ),
      replace_paths: replacePaths(resource).map((path) => path.split('.')),
    },
    steps: steps.map(({ id, effect, reason }) => ({ id, effect, reason })),
  };
}

function actionReason({ action, replaces, replacedBy }: PlannedResource): {
  readonly action_reason?: string;
} {
  if (replaces !== undefined) return { action_reason: 'replace_because_cannot_update' };
  if (action === 'delete' && replacedBy !== undefined) return { action_reason: 'delete_because_replaced' };
  if (action === 'replace') return { action_reason: 'replace_because_cannot_update' };
  if (action === 'delete') return { action_reason: 'delete_because_no_resource_config' };
  if (action === 'keep') return { action_reason: 'kept_although_no_resource_config' };
  return {};
}
