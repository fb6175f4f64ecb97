import type { Address, Kind, Manifest, Resource } from '../../schema/manifest.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import type { Intruder, Observation, Observations } from '../../reconcilers/reconciler.ts';
import { kinds, registry } from '../../reconcilers/registry.ts';

/** The whole host as one project sees it, read in one pass. */
export interface Survey {
  readonly wanted: ReadonlyMap<Address, Observation<unknown>>;
  /** Owned but not declared (any more), by kind in the order of the registry. */
  readonly strays: ReadonlyMap<Address, { readonly kind: Kind; readonly seen: unknown }>;
  readonly intruders: readonly Intruder[];
}

/** Reads the host for every kind at once; the kinds share the view's reads. Changes nothing. */
export async function survey(view: HostView, manifest: Manifest): Promise<Survey> {
  const perKind = await Promise.all(
    kinds.map(async (kind) => ({ kind, found: await observeKind(view, kind, manifest) })),
  );
  return {
    wanted: new Map(perKind.flatMap(({ found }) => [...found.wanted])),
    strays: new Map(
      perKind.flatMap(({ kind, found }) =>
        [...found.strays].map(([address, seen]) => [address, { kind, seen }] as const),
      ),
    ),
    intruders: perKind.flatMap(({ found }) => [...found.intruders]),
  };
}

function observeKind(view: HostView, kind: Kind, manifest: Manifest): Promise<Observations<unknown>> {
  const wanted: readonly Resource[] = manifest.resources.filter((resource) => resource.kind === kind);
  return registry[kind].observe(view, wanted);
}
