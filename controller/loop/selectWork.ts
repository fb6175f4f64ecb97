import type { Address } from '../../schema/manifest.ts';
import { hashOf } from '../plan/hash.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import { type Standing, unknownStanding } from './standing.ts';

/** What one pass of the loop does about a plan. */
export interface Selection {
  /** Begun now, in the order of the plan. */
  readonly begin: readonly PlannedResource[];
  /** As declared, and not yet seen to work. */
  readonly verify: readonly PlannedResource[];
  /** Waits for another one, which is not well. */
  readonly blocked: ReadonlyMap<Address, Address>;
  /** ms since the epoch; undefined: nothing has to be tried again */
  readonly nextAt: number | undefined;
}

/**
 * Pure: of a plan, what may begin now. Left out is what is worked on already, what waits after a failure, what is
 * withheld, and what depends on any of those; nothing else waits for them.
 */
export function selectWork(
  plan: Plan,
  standingOf: (address: Address) => Standing | undefined,
  now: number,
  withheld: ReadonlySet<Address> = new Set(),
): Selection {
  const deletes = new Set(
    plan.resources.filter(({ action }) => action === 'delete').map(({ address }) => address),
  );
  const busy = new Set<Address>();
  const unwell = new Set<Address>();
  const blocked = new Map<Address, Address>();
  const begin: PlannedResource[] = [];
  const verify: PlannedResource[] = [];
  let nextAt: number | undefined;
  for (const planned of plan.resources) {
    const { address, action, waitsFor, replacedBy } = planned;
    const standing = standingOf(address) ?? unknownStanding;
    const minded = waitsFor.filter(
      (other) => action !== 'delete' || deletes.has(other) || busy.has(other) || other === replacedBy,
    );
    const blocker = minded.find((other) => busy.has(other) || unwell.has(other) || blocked.has(other));
    const resting = (standing.retryAt ?? 0) > now && standing.tried === triedOf(planned);
    if (resting && standing.retryAt !== Number.POSITIVE_INFINITY)
      nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, standing.retryAt ?? now);
    if (standing.busy) busy.add(address);
    else if (planned.problems.length > 0 || withheld.has(address) || resting) unwell.add(address);
    else if (planned.steps.length > 0 && blocker !== undefined) blocked.set(address, blocker);
    else if (planned.steps.length > 0) begin.push(planned);
    else if (action === 'no-op' && !standing.verified) verify.push(planned);
  }
  return { begin, verify, blocked, nextAt };
}

/** Pure: the plan with nothing to do but for these. */
export function restrictTo(plan: Plan, begin: readonly PlannedResource[]): Plan {
  const chosen = new Set(begin.map(({ address }) => address));
  const resources = plan.resources.map((planned): PlannedResource => {
    if (chosen.has(planned.address)) return planned;
    const action = planned.action === 'keep' ? 'keep' : 'no-op';
    return { ...planned, action, steps: [], problems: [], waitsFor: [] };
  });
  return { ...plan, resources };
}

/** Changes when what is seen, or what would be done, is not what was tried before. */
export function triedOf({ fingerprint, steps }: PlannedResource): string {
  return hashOf([fingerprint, steps]);
}
