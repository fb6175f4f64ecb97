import type { DriftClass, Effect, FieldChange, Step } from './reconciler.ts';

/** How a kind writes its steps: what is not said is live, and mends what has changed. */
export function stepMaker<Id extends string>() {
  return (
    id: Id,
    reason: string,
    changes: readonly FieldChange[] = [],
    options: { readonly effect?: Effect; readonly class?: DriftClass } = {},
  ): Step & { readonly id: Id } => {
    return { id, reason, changes, effect: options.effect ?? 'live', class: options.class ?? 'changed' };
  };
}
