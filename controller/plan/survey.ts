import type { Address, Kind, Manifest, Resource } from '../../schema/manifest.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import type { Capacity } from '../../reconcilers/host/view.ts';
import type { Intruder, Observation, Observations } from '../../reconcilers/reconciler.ts';
import { type Past, withPast } from '../../reconcilers/past.ts';
import { kinds, registry } from '../../reconcilers/registry.ts';
import { admitted } from './admitted.ts';
import { replacementsIn } from './beside.ts';
import type { Known } from './known.ts';
import { type Conflict, readPast } from './past.ts';

/** The whole host as one project sees it, read in one pass. */
export interface Survey {
  readonly wanted: ReadonlyMap<Address, Observation<unknown>>;
  /** Owned but not declared (any more), by kind in the order of the registry. */
  readonly strays: ReadonlyMap<Address, { readonly kind: Kind; readonly seen: unknown }>;
  readonly intruders: readonly Intruder[];
  /** Undefined: it is not looked at whether what is declared fits. */
  readonly capacity?: Capacity;
  /** What resources were called before; steps run on a host that goes by it (see `withPast`). */
  readonly past?: Past | undefined;
  /** By resource: why it cannot be what it was moved from. */
  readonly conflicts?: ReadonlyMap<Address, Conflict>;
  /** By what is there, and has or gets a newer one of its name beside it: that name. */
  readonly replaced?: ReadonlyMap<Address, Address>;
  /** By what is to be made beside what is there: why. */
  readonly beside?: ReadonlyMap<Address, string>;
}

/**
 * Reads the host for every kind at once, as it would be seen when what is to be replaced beside what is there has a place of
 * its own. Changes nothing.
 */
export async function surveyToPlan(
  host: HostView,
  manifest: Manifest,
  known: Known,
  { targets }: { readonly targets?: readonly Address[] } = {},
): Promise<Survey> {
  const surveyed = await survey(host, manifest);
  const beside = replacementsIn(manifest, surveyed, { known, targets });
  if (beside.size === 0) return surveyed;
  return { ...(await survey(host, manifest, new Set(beside.keys()))), beside };
}

/**
 * Reads the host for every kind at once; the kinds share the view's reads. Changes nothing.
 * @param beside what is to be made beside what is there
 */
export async function survey(
  host: HostView,
  manifest: Manifest,
  beside?: ReadonlySet<Address>,
): Promise<Survey> {
  const { past, conflicts, replaced } = await readPast(host, manifest, beside);
  const view = withPast(host, past);
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
    past,
    conflicts,
    replaced,
    capacity: await view.capacity(),
    intruders: perKind.flatMap(({ found }) => [...found.intruders]),
  };
}

async function observeKind(view: HostView, kind: Kind, manifest: Manifest): Promise<Observations<unknown>> {
  const wanted: readonly Resource[] = manifest.resources.filter((resource) => resource.kind === kind);
  const found = await registry[kind].observe(view, wanted);
  const resources = new Map(wanted.map((resource) => [resource.address, resource]));
  const seen = [...found.wanted].map(([address, observation]) => {
    const resource = resources.get(address);
    return [address, resource === undefined ? observation : admitted(observation, resource)] as const;
  });
  return { ...found, wanted: new Map(seen) };
}
