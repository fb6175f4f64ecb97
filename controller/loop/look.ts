import type { Automatic } from '../../schema/automatics.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import { specsOf } from '../plan/drift.ts';
import { createLastApplied, type Known } from '../plan/known.ts';
import { makePlan } from '../plan/makePlan.ts';
import type { Plan } from '../plan/plan.ts';
import { isSame } from '../plan/same.ts';
import { type Survey, surveyToPlan } from '../plan/survey.ts';
import type { Session } from '../session.ts';
import { automaticByDefault, type Danger, dangersOf } from './assess.ts';
import type { Desired } from './desired.ts';
import { neverGood } from './neverGood.ts';
import type { Target } from './target.ts';

/** What is enforced, and what of it a person has to agree to first. */
export interface Choice {
  readonly chosen: Target;
  readonly plan: Plan;
  readonly surveyed: Survey;
  readonly withheld: readonly Danger[];
}

/** The host as it is now, and what would make it as a target says. */
export interface Look {
  readonly plan: Plan;
  readonly surveyed: Survey;
}

/**
 * Looks at the host, each time anew; what follows from what was seen is worked out again only when something else was seen
 * than the last time, for the same manifest and after the same generation.
 */
export function createLook(): (on: Session, target: Target) => Promise<Look> {
  const known = createLastApplied();
  const last = new WeakMap<Manifest, Look & { readonly known: Known }>();
  return async ({ host, store, owner }, { manifest }) => {
    const applied = known(store, owner);
    const surveyed = await surveyToPlan(host.view(), manifest, applied);
    const before = last.get(manifest);
    if (before?.known === applied && isSame(before.surveyed, surveyed)) return before;
    const plan = makePlan(manifest, surveyed, {}, applied);
    last.set(manifest, { plan, surveyed, known: applied });
    return { plan, surveyed };
  };
}

/** Decides what of a source is enforced now. */
export function createChooser(options: {
  readonly scope: string;
  readonly store: StateStore;
  readonly desired: Desired;
  /** What needs no consent, by whoever runs the controller; undefined: as the NovaFile says. */
  readonly automatic: readonly Automatic[] | undefined;
  /** Told of the plan for the newest revision, before it is begun. */
  readonly planned: (target: Target, plan: Plan) => void;
}) {
  const { scope, store, desired } = options;
  const look = createLook();

  /** Specs of the last good generation, by address. */
  function applied(): ReadonlyMap<Address, unknown> | undefined {
    return desired.good === undefined ? undefined : specsOf(desired.good.manifest);
  }

  function dangersIn(plan: Plan, { manifest }: Target): readonly Danger[] {
    const agreed = applied();
    const free = neverGood(store, { scope, project: plan.project }, agreed, desired.rejected);
    const automatic = options.automatic ?? manifest.auto ?? automaticByDefault;
    return dangersOf(plan, agreed, automatic, free);
  }

  return {
    applied,
    dangersIn,
    look,
    /** The newest revision, unless a person has to agree to it first: the last good one stays meanwhile. */
    async choose(on: Session, target: Target): Promise<Choice | undefined> {
      const { good } = desired;
      const seen = await look(on, target);
      if (target === desired.candidate) options.planned(target, seen.plan);
      const dangers = dangersIn(seen.plan, target);
      const allowed = desired.isAllowed(target, dangers);
      desired.waiting = allowed ? [] : dangers;
      if (allowed || target === good) return { ...seen, chosen: target, withheld: desired.waiting };
      if (good === undefined) return undefined;
      const back = await look(on, good);
      const held = dangersIn(back.plan, good);
      return { ...back, chosen: good, withheld: desired.isAllowed(good, held) ? [] : held };
    },
  };
}
