import { policyOf } from '../../schema/common.ts';
import { hidden } from '../../schema/sensitive.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies, FieldChange, Step } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import { withValues } from './changes.ts';

/**
 * Pure: the steps that a declared resource needs but for what `ignore_changes` names: each such field is taken to be
 * declared as the host has it, so that nothing of what is planned, shown or done touches it. What is not there yet is
 * made as declared.
 */
export function diffOf<R extends Resource>(
  declared: R,
  seen: unknown,
  deps: Dependencies,
): { readonly resource: R; readonly steps: readonly Step[] } {
  const { address, kind } = declared;
  const { ignore_changes: fields } = policyOf(declared);
  const steps = registry[kind].diff({ address, resource: declared, seen, deps });
  if (fields.length === 0 || seen === undefined) return { resource: declared, steps };
  const values = steps
    .filter((step) => step.class !== 'missing')
    .flatMap(({ changes }) => changes)
    .filter((change) => change.path !== 'state' && fields.some((field) => covers(field, change)))
    .map(({ path, before }) => [path, literal(path, before)] as const);
  const resource =
    values.length === 0 ? declared : { ...declared, spec: withValues(declared.spec, values) as R['spec'] };
  const needed = values.length === 0 ? steps : registry[kind].diff({ address, resource, seen, deps });
  return { resource, steps: needed.filter((step) => !isLeft(step, kind, fields)) };
}

/** What was not set is only left so where it may be absent; what nobody may see cannot be repeated. */
function covers(field: string, { path, before }: FieldChange): boolean {
  if (before === hidden) return false;
  const optional = /^(?:env|limits)\./.test(path);
  return (path === field || path.startsWith(`${field}.`)) && (before !== undefined || optional);
}

/** Whether it runs, and what an image is made of, are no values to be declared otherwise: the step is left out. */
function isLeft(step: Step, kind: Resource['kind'], fields: readonly string[]): boolean {
  if (step.changes.length === 0 || step.class === 'missing') return false;
  const is = (path: string): boolean => step.changes.every((change) => change.path === path);
  return (fields.includes('state') && is('state')) || (kind === 'image' && is('digest'));
}

/** What stands in an environment is not to be filled in again. */
function literal(path: string, before: unknown): unknown {
  return path.startsWith('env.') && typeof before === 'string' ? before.replaceAll('${', '$${') : before;
}
