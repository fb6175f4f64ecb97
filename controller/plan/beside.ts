import { policyOf } from '../../schema/common.ts';
import type { Address, Manifest, Resource } from '../../schema/manifest.ts';
import type { Dependencies, Observation } from '../../reconcilers/reconciler.ts';
import { registry } from '../../reconcilers/registry.ts';
import { dependenciesOf } from './dependencies.ts';
import { heldBack } from './heldBack.ts';
import { asLeft, diffOf } from './ignored.ts';
import type { Known } from './known.ts';
import { lastSeenIn } from './lastSeen.ts';
import { standingProblems } from './obstacles.ts';
import type { Survey } from './survey.ts';

/** Kinds of which two can stand beside each other. An image is always made before the one in force goes. */
const kinds: ReadonlySet<string> = new Set(['container', 'vm']);

/**
 * Pure: what is to be made beside what is there, as its steps would replace that and `create_before_destroy` is set; with
 * the reason. What cannot be made anyway, and what must not be replaced, is left where it is.
 */
export function replacementsIn(
  manifest: Manifest,
  surveyed: Survey,
  terms: Terms,
): ReadonlyMap<Address, string> {
  const candidates = manifest.resources.filter(mayStandBeside);
  if (candidates.length === 0) return new Map();
  const lastSeen = lastSeenIn(surveyed);
  const deps = dependenciesOf(asLeft(manifest, lastSeen), lastSeen);
  return new Map(
    candidates.flatMap((resource): readonly (readonly [Address, string])[] => {
      const { address } = resource;
      const observation = surveyed.wanted.get(address);
      if (observation === undefined || surveyed.conflicts?.has(address) === true) return [];
      const reason = reasonFor(resource, observation, deps, terms);
      return reason === undefined ? [] : [[address, reason]];
    }),
  );
}

interface Terms {
  readonly known: Known;
  readonly targets: readonly Address[] | undefined;
}

function mayStandBeside(resource: Resource): boolean {
  const { create_before_destroy: beside, prevent_destroy: prevented } = policyOf(resource);
  return beside && !prevented && kinds.has(resource.kind);
}

function reasonFor(
  resource: Resource,
  observation: Observation<unknown>,
  deps: Dependencies,
  terms: Terms,
): string | undefined {
  if (observation.status !== 'present') return undefined;
  if (registry[resource.kind].unbuilt(resource.spec).length > 0) return undefined;
  if (standingProblems(observation, deps).length > 0) return undefined;
  const { steps } = diffOf(resource, observation.seen, deps);
  if (heldBack(resource, observation, steps, terms) !== undefined) return undefined;
  return steps.find(({ effect }) => effect === 'replace' || effect === 'data-loss')?.reason;
}
