import type { Issue } from '../../schema/errors.ts';
import type { Address, Kind } from '../../schema/manifest.ts';
import type { DriftClass, Intruder, Outputs, Step } from '../../reconcilers/reconciler.ts';

/** What happens to one resource, in the field's words. `keep`: owned, not declared any more, and left where it is. `forget`: left as it is, and Nova's no more. */
export type Action = 'no-op' | 'create' | 'update' | 'replace' | 'delete' | 'keep' | 'forget';

/** What would be repaired if the drift policy of the resource did not say otherwise. */
export interface Held {
  readonly policy: 'warn' | 'ignore';
  readonly steps: readonly Step[];
}

export interface PlannedResource {
  readonly address: Address;
  readonly kind: Kind;
  readonly action: Action;
  /** What runs, in this order; `[]` for `no-op` and `keep`. */
  readonly steps: readonly Step[];
  /** Addresses in this plan that must have settled before the first step. */
  readonly waitsFor: readonly Address[];
  /** As declared; undefined when it is not declared any more. */
  readonly spec: unknown;
  /** What is known of its outputs already, and the names of those that are known after apply. */
  readonly outputs: Outputs;
  readonly unknownOutputs: readonly string[];
  /** How the host differs; undefined when it does not. */
  readonly drift: DriftClass | undefined;
  /** Why it cannot be planned. Such a resource is not touched, nor what depends on it; the run ends with exit code 1. */
  readonly problems: readonly Issue[];
  /** How the host differs and is left so by the drift policy. */
  readonly held?: Held;
  /** What it takes the place of, and why that is replaced: it is made beside it. */
  readonly replaces?: { readonly address: Address; readonly reason: string };
  /** What takes its place: it goes when that works, and only then. */
  readonly replacedBy?: Address;
  /** Why what is not declared any more is kept, where it is not for the reason of its kind. */
  readonly kept?: string;
  /** Of what was observed, without what changes by itself. */
  readonly fingerprint: string;
}

export interface Summary {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
}

/** Exactly what would run, and what it was worked out from. */
export interface Plan {
  readonly project: string;
  /** Ordered: each after what it waits for. */
  readonly resources: readonly PlannedResource[];
  readonly intruders: readonly Intruder[];
  readonly summary: Summary;
  /** Of the manifest, the fingerprints and the steps: two plans with one hash run the same. */
  readonly hash: string;
}

export function hasChanges(plan: Plan): boolean {
  return plan.resources.some((resource) => resource.steps.length > 0);
}

/** As they stand in the NovaFile, file by file; those of one place in the order of the plan. */
export function problemsOf(plan: Plan): readonly Issue[] {
  const problems = plan.resources.flatMap((resource) => resource.problems);
  const files = [...new Set(problems.map(({ at }) => at?.file))];
  const key = ({ at }: Issue) => [files.indexOf(at?.file), at?.line ?? 0, at?.column ?? 0] as const;
  return problems.toSorted((one, other) => {
    const [a, b] = [key(one), key(other)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  });
}

/** A replacement counts as one to add and one to destroy, as people know it. */
export function summarize(resources: readonly PlannedResource[]): Summary {
  const count = (...actions: readonly Action[]): number =>
    resources.filter((resource) => actions.includes(resource.action)).length;
  return { add: count('create', 'replace'), change: count('update'), destroy: count('delete', 'replace') };
}
