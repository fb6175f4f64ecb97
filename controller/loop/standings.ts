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
        else all.set(address, wellStanding);
      } else if (error.code === 'interrupted' || error.code === 'plan.stale')
        all.set(address, { ...get(address), busy: false, verified: false, retryAt: undefined });
      else
        all.set(
          address,
          failed(get(address), error, { now: now(), random: random(), tried: triedOf(planned) }),
        );
    },
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
    settled(plan: Plan | undefined): boolean {
      if ([...all.values()].some(({ busy }) => busy)) return false;
      return (plan?.resources ?? []).every(({ address, steps, problems, action }) => {
        if (problems.length > 0 || action === 'keep') return true;
        const { verified, failures, retryAt } = get(address);
        if (steps.length === 0 && verified) return true;
        return failures >= patience || retryAt === Number.POSITIVE_INFINITY;
      });
    },
  };
}
