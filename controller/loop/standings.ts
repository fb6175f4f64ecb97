import type { Issue } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import { specsOf } from '../plan/drift.ts';
import { hashOf } from '../plan/hash.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import { retryDelay } from './backoff.ts';
import { triedOf } from './selectWork.ts';
import { failed, type Standing, unknownStanding, wellStanding } from './standing.ts';

/** Failures in a row after which whoever asked for one round only has seen enough. */
export const patience = 3;

/** How every resource of a project stands. */
export function createStandings(now: () => number, random: () => number) {
  const all = new Map<Address, Standing>();
  const asking = new Set<Address>();
  const of = (address: Address): Standing | undefined => all.get(address);
  const get = (address: Address): Standing => all.get(address) ?? unknownStanding;
  return {
    of,
    busy(planned: readonly PlannedResource[]): void {
      for (const { address } of planned) all.set(address, { ...get(address), busy: true });
    },
    settle(planned: PlannedResource, error: Issue | undefined): void {
      const { address, action } = planned;
      if (error === undefined) {
        if (action === 'delete') all.delete(address);
        else all.set(address, { ...wellStanding, seenAt: now() });
      } else if (error.code === 'interrupted' || error.code === 'plan.stale')
        all.set(address, { ...get(address), busy: false, verified: false, retryAt: undefined });
      else
        all.set(
          address,
          failed(get(address), error, { now: now(), random: random(), tried: triedOf(planned) }),
        );
    },
    /**
     * What works, as far as is known, and is to be asked again: what can tell more than is seen from outside, and was
     * not asked for so many ms. It stays as it stands until it has answered.
     */
    ask(plan: Plan, pause: number, isAsked: (address: Address) => boolean): readonly PlannedResource[] {
      const due = plan.resources.filter(({ address, action, steps }) => {
        const { verified, busy, seenAt = 0 } = get(address);
        const rests = action === 'no-op' && steps.length === 0 && verified && !busy && !asking.has(address);
        return rests && now() - seenAt >= pause && isAsked(address);
      });
      for (const { address } of due) asking.add(address);
      return due;
    },
    /** It has answered; tells whether that is news. What was begun meanwhile says more. */
    answer(planned: PlannedResource, error: Issue | undefined): boolean {
      const { address } = planned;
      asking.delete(address);
      const before = get(address);
      if (before.busy || !before.verified) return false;
      if (error === undefined) all.set(address, { ...before, seenAt: now() });
      if (error === undefined || error.code === 'interrupted' || error.code === 'plan.stale') return false;
      all.set(address, failed(before, error, { now: now(), random: random(), tried: triedOf(planned) }));
      return true;
    },
    busyCount: (): number => [...all.values()].filter(({ busy }) => busy).length,
    /** What is declared otherwise from now on begins anew. */
    declare(before: Manifest | undefined, after: Manifest): void {
      const [old, wanted] = [before === undefined ? new Map() : specsOf(before), specsOf(after)];
      for (const [address, standing] of all) {
        if (hashOf(old.get(address)) === hashOf(wanted.get(address))) continue;
        all.set(address, { ...unknownStanding, busy: standing.busy });
      }
    },
    /** Forgets what is neither there nor declared. */
    keep(plan: Plan): void {
      const known = new Set(plan.resources.map(({ address }) => address));
      for (const [address, { busy }] of all) if (!known.has(address) && !busy) all.delete(address);
    },
    retry(): void {
      for (const [address, standing] of all) all.set(address, { ...standing, retryAt: undefined });
    },
    /** ms after so many failures to look at the host at all */
    pause: (failures: number): number => retryDelay(failures, random()),
    /** @param held what a person has stopped */
    settled(plan: Plan | undefined, held: ReadonlySet<Address>): boolean {
      if ([...all.values()].some(({ busy }) => busy)) return false;
      return (plan?.resources ?? []).every(({ address, steps, problems, action }) => {
        if (problems.length > 0 || action === 'keep' || held.has(address)) return true;
        const { verified, failures, retryAt } = get(address);
        if (steps.length === 0 && verified) return true;
        return failures >= patience || retryAt === Number.POSITIVE_INFINITY;
      });
    },
  };
}
