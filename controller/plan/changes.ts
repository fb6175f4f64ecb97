import { hidden, isSensitive, type Sensitive } from '../../schema/sensitive.ts';
import type { Effect, FieldChange } from '../../reconcilers/reconciler.ts';
import type { PlannedResource } from './plan.ts';

const gravity: readonly Effect[] = ['live', 'restart', 'replace', 'data-loss'];

/** The gravest of the steps' effects; undefined when nothing runs. */
export function effectOf({ steps }: Pick<PlannedResource, 'steps'>): Effect | undefined {
  return gravity.findLast((effect) => steps.some((step) => step.effect === effect));
}

/** Field-level changes of all steps, each path once, in the order of the steps. */
export function changesOf({ steps }: Pick<PlannedResource, 'steps'>): readonly FieldChange[] {
  const byPath = new Map<string, FieldChange>();
  for (const change of steps.flatMap((step) => step.changes)) {
    if (!byPath.has(change.path)) byPath.set(change.path, change);
  }
  return [...byPath.values()];
}

/** Paths whose change forces a replacement. */
export function replacePaths({ steps }: Pick<PlannedResource, 'steps'>): readonly string[] {
  const replacing = steps.filter(({ effect }) => effect === 'replace' || effect === 'data-loss');
  return replacing.flatMap((step) => step.changes.map(({ path }) => path));
}

/** The spec as it was before the changes: declared values, with what was found in the places that differ. */
export function before(spec: unknown, changes: readonly FieldChange[]): Record<string, unknown> {
  return withPaths(
    shown(spec),
    changes.map(({ path, before: value }) => [path, value]),
  );
}

/** The spec with the changes made. */
export function after(spec: unknown, changes: readonly FieldChange[]): Record<string, unknown> {
  return withPaths(
    shown(spec),
    changes.map(({ path, after: value }) => [path, value]),
  );
}

/** A value with others at some paths; undefined takes one away. Secrets in it stay what they are. */
export function withValues(
  of: unknown,
  values: readonly (readonly [path: string, value: unknown])[],
): Record<string, unknown> {
  return withPaths(
    copy(of, (secret) => secret),
    values,
  );
}

/** @param spec a copy of its own */
function withPaths(spec: unknown, values: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const root = isRecord(spec) ? spec : {};
  for (const [path, value] of values) setPath(root, path.split('.'), value);
  return root;
}

/** Plain data, with nothing in it that nobody may see. */
function shown(value: unknown): unknown {
  return copy(value, () => hidden);
}

function copy(value: unknown, ofSecret: (secret: Sensitive) => unknown): unknown {
  if (isSensitive(value)) return ofSecret(value);
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item, ofSecret));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, ofSecret)]));
}

function setPath(
  target: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest.length === 0) {
    if (value === undefined) delete target[key];
    else target[key] = value;
    return;
  }
  const inner = target[key];
  const next = isRecord(inner) ? inner : {};
  target[key] = next;
  setPath(next, rest, value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSensitive(value);
}
