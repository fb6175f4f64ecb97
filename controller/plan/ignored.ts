import { policyOf } from '../../schema/common.ts';
import { hidden } from '../../schema/sensitive.ts';
import type { Manifest, Resource } from '../../schema/manifest.ts';
import type { Dependencies, FieldChange, Step } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import { withValues } from './changes.ts';
import { dependenciesOf, type LastSeen } from './dependencies.ts';

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
  let resource = declared;
  let steps = registry[kind].diff({ address, resource, seen, deps });
  if (fields.length === 0 || seen === undefined) return { resource, steps };
  // Without a reason to start it again, say, others come to light; each field is put right once.
  const left = new Map<string, unknown>();
  for (let found = leftIn(steps, fields, left); found.length > 0; found = leftIn(steps, fields, left)) {
    for (const { path, before } of found) left.set(path, literal(path, before));
    resource = { ...declared, spec: withValues(declared.spec, [...left]) as R['spec'] };
    steps = registry[kind].diff({ address, resource, seen, deps });
  }
  return { resource, steps: steps.filter((step) => !isLeft(step, kind, fields)) };
}

/** Pure: a manifest as others may see it: with each field that is left alone as the host has it. */
export function asLeft(manifest: Manifest, lastSeen: LastSeen): Manifest {
  if (manifest.resources.every((resource) => policyOf(resource).ignore_changes.length === 0)) return manifest;
  const deps = dependenciesOf(manifest, lastSeen);
  const resources = manifest.resources.map(
    (resource) => diffOf(resource, lastSeen(resource.address), deps).resource,
  );
  return { ...manifest, resources };
}

/** Changes of fields that are to be left alone, of what is there, and that have not been left yet. */
function leftIn(
  steps: readonly Step[],
  fields: readonly string[],
  left: ReadonlyMap<string, unknown>,
): readonly FieldChange[] {
  return steps
    .filter((step) => step.class !== 'missing')
    .flatMap(({ changes }) => changes)
    .filter(({ path }) => !wordless.has(path) && !left.has(path))
    .filter((change) => fields.some((field) => covers(field, change)));
}

/** What was not set is only left so where it may be absent; values of secrets are always as declared. */
function covers(field: string, { path, before, after }: FieldChange): boolean {
  if (before === hidden || after === hidden) return false;
  const optional = /^(?:env|limits)\./.test(path);
  return (path === field || path.startsWith(`${field}.`)) && (before !== undefined || optional);
}

/** Whether it runs, and the limits of what does not run, are no values to be declared otherwise. */
const wordless: ReadonlySet<string> = new Set(['state', 'limits']);

/** Nor is what an image is made of: such a step is left out. */
function isLeft({ changes, class: drift }: Step, kind: Resource['kind'], fields: readonly string[]): boolean {
  if (changes.length === 0 || drift === 'missing') return false;
  const [first] = changes;
  const path = changes.every((change) => change.path === first?.path) ? (first?.path ?? '') : '';
  return (wordless.has(path) && fields.includes(path)) || (kind === 'image' && path === 'digest');
}

/** What stands in an environment is not to be filled in again. */
function literal(path: string, before: unknown): unknown {
  return path.startsWith('env.') && typeof before === 'string' ? before.replaceAll('${', '$${') : before;
}
