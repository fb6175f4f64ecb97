import type { DriftClass, Effect, FieldChange, Step } from '../reconciler.ts';

/** Every act on a device, in the order in which they run. */
export const stepIds = [
  'moved',
  'adopt',
  'forget',
  // What it was is written down before anything is changed.
  'record',
  'release',
  'bind',
  'host',
  'functions',
  'files',
] as const;

export type StepId = (typeof stepIds)[number];

export interface GpuStep extends Step {
  readonly id: StepId;
}

export function step(
  id: StepId,
  reason: string,
  changes: readonly FieldChange[] = [],
  options: { readonly effect?: Effect; readonly class?: DriftClass } = {},
): GpuStep {
  return { id, reason, changes, effect: options.effect ?? 'live', class: options.class ?? 'changed' };
}
