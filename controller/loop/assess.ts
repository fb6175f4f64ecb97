import type { Automatic } from '../../schema/automatics.ts';
import type { Address } from '../../schema/manifest.ts';
import { effectOf } from '../plan/changes.ts';
import { hashOf } from '../plan/hash.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';

export const automaticByDefault: readonly Automatic[] = ['create', 'update', 'delete'];

/** Something in a plan that a person has to agree to, as `replace container.web`. */
export interface Danger {
  readonly address: Address;
  readonly what: Automatic | 'data-loss' | 'prune';
}

/**
 * Pure: what a person has to agree to. What the host lost or changed by itself is given back without asking, as it was
 * agreed to when it was applied; data is never lost without asking.
 * @param applied specs of the generation that was last applied, by address; undefined when there is none
 * @param free addresses that were never part of anything good: they may go, and be made anew, as they came
 */
export function dangersOf(
  plan: Plan,
  applied: ReadonlyMap<Address, unknown> | undefined,
  automatic: readonly Automatic[],
  free: ReadonlySet<Address> = new Set(),
): readonly Danger[] {
  const single = plan.resources.flatMap((planned): readonly Danger[] => {
    const what = dangerOf(planned, applied);
    const isFree = what !== 'data-loss' && (free.has(planned.address) || isAutomatic(what, automatic));
    if (what === undefined || isFree) return [];
    return [{ address: planned.address, what }];
  });
  return [...single, ...pruned(plan, free)];
}

function isAutomatic(what: Automatic | undefined, automatic: readonly Automatic[]): boolean {
  return what !== undefined && automatic.includes(what);
}

function dangerOf(
  planned: PlannedResource,
  applied: ReadonlyMap<Address, unknown> | undefined,
): Automatic | 'data-loss' | undefined {
  const { address, action, spec, replaces, replacedBy } = planned;
  const effect = effectOf(planned);
  if (effect === undefined) return undefined;
  if (effect === 'data-loss') return effect;
  // It was agreed to with what takes its place.
  if (replacedBy !== undefined) return undefined;
  if (replaces !== undefined) return 'replace';
  if (action === 'create' || action === 'delete') return action;
  const agreed = applied?.has(address) === true && hashOf(applied.get(address)) === hashOf(spec);
  if (agreed) return undefined;
  return effect === 'live' ? 'update' : effect;
}

/** More than a fifth of what is there, or all of it, goes only when a person says so. */
function pruned(plan: Plan, free: ReadonlySet<Address>): readonly Danger[] {
  const there = plan.resources.filter(({ action }) => action !== 'create' && action !== 'keep');
  const deletes = there.filter(
    ({ action, address, replacedBy }) =>
      action === 'delete' && replacedBy === undefined && !free.has(address),
  );
  const many = deletes.length > there.length / 5 || deletes.length === there.length;
  return many ? deletes.map(({ address }) => ({ address, what: 'prune' })) : [];
}

/** What a person agreed to: these dangers of this revision. */
export interface Approval {
  readonly revision: string;
  readonly dangers: readonly string[];
}

/** Pure: whether all of it was agreed to; what has been done since is no reason to ask again. */
export function isApproved(
  approval: Approval | undefined,
  revision: string,
  dangers: readonly Danger[],
): boolean {
  if (dangers.length === 0) return true;
  if (approval?.revision !== revision) return false;
  const agreed = new Set(approval.dangers);
  return dangers.every((danger) => agreed.has(dangerText(danger)));
}

export function dangerText({ address, what }: Danger): string {
  return `${what} ${address}`;
}

/** `delete 3 of what is there (container.a, container.b, container.c); restart vm.db` */
export function dangersText(dangers: readonly Danger[]): string {
  const groups = Map.groupBy(dangers, ({ what }) => what);
  return [...groups]
    .map(([what, of]) => {
      const names = of
        .slice(0, 5)
        .map(({ address }) => address)
        .join(', ');
      const more = of.length > 5 ? ` and ${of.length - 5} more` : '';
      return `${verbs[what]} ${names}${more}`;
    })
    .join('; ');
}

const verbs: Readonly<Record<Danger['what'], string>> = {
  create: 'create',
  update: 'change',
  restart: 'restart',
  replace: 'replace',
  delete: 'delete',
  prune: 'delete more than a fifth of what is there:',
  'data-loss': 'lose the data of',
};
