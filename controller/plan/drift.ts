import type { Address, Manifest } from '../../schema/manifest.ts';
import { present } from '../../schema/present.ts';
import type { DriftClass } from '../../reconcilers/reconciler.ts';
import { changesOf } from './changes.ts';
import { hashOf } from './hash.ts';
import type { Plan, PlannedResource } from './plan.ts';

/** One way in which the host is not as the NovaFile says. */
export interface DriftItem {
  readonly address: Address;
  readonly class: DriftClass;
  /** Who moved: the host, or the NovaFile since it was last applied. Undefined when no generation tells. */
  readonly cause: 'host' | 'config' | undefined;
  readonly fields: readonly { readonly path: string; readonly desired: unknown; readonly actual: unknown }[];
  readonly reasons: readonly string[];
}

/** @param applied the specs of the newest generation, by address; undefined when there is none */
export function driftOf(
  plan: Plan,
  applied: ReadonlyMap<Address, unknown> | undefined,
): readonly DriftItem[] {
  const items = plan.resources.flatMap((resource) => {
    if (resource.drift === undefined) return [];
    return [
      {
        address: resource.address,
        class: resource.drift,
        cause: causeOf(resource, applied),
        fields: changesOf(resource.held ?? resource).map(({ path, before, after }) => ({
          path,
          desired: after,
          actual: before,
        })),
        reasons: [
          ...(resource.held ?? resource).steps.map(({ reason }) => reason),
          ...resource.problems.map(({ message }) => message),
        ],
      },
    ];
  });
  const intruders = plan.intruders.map(({ address, what }) => ({
    address,
    class: 'unmanaged' as const,
    cause: 'host' as const,
    fields: [],
    reasons: [what],
  }));
  return [...items, ...intruders];
}

function causeOf(
  { address, spec }: PlannedResource,
  applied: ReadonlyMap<Address, unknown> | undefined,
): DriftItem['cause'] {
  if (applied === undefined) return undefined;
  const same = applied.has(address) ? hashOf(applied.get(address)) === hashOf(spec) : spec === undefined;
  return same ? 'host' : 'config';
}

/** The specs of a stored manifest, by address. */
export function specsOf(manifest: Pick<Manifest, 'resources'>): ReadonlyMap<Address, unknown> {
  return new Map(manifest.resources.map(({ address, kind, spec }) => [address, present(kind, spec)]));
}
