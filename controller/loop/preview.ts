import type { Address } from '../../schema/manifest.ts';
import type { Plan } from '../plan/plan.ts';
import type { Session } from '../session.ts';
import type { Danger } from './assess.ts';
import type { Desired } from './desired.ts';
import type { Look } from './look.ts';
import type { Target } from './target.ts';

/** A plan that nobody has begun. */
export interface Preview {
  readonly plan: Plan;
  readonly target: Target;
  /** What a person has to agree to first. */
  readonly dangers: readonly Danger[];
  /** Specs of the generation that was last applied, by address. */
  readonly applied: ReadonlyMap<Address, unknown> | undefined;
}

type Of = 'wanted' | 'good';

/** Looks at the host for whoever asks; all who ask at a time share one look, however many they are. */
export function createPreviews(loop: {
  readonly desired: Desired;
  readonly session: () => Session | undefined;
  readonly look: (on: Session, target: Target) => Promise<Look>;
  readonly dangersIn: (plan: Plan, target: Target) => readonly Danger[];
  readonly applied: () => Preview['applied'];
}): (of: Of) => Promise<Preview | undefined> {
  const under = new Map<Of, Promise<Preview | undefined>>();

  async function preview(of: Of): Promise<Preview | undefined> {
    const { good, candidate } = loop.desired;
    const target = of === 'good' ? good : (candidate ?? good);
    const session = loop.session();
    if (target === undefined || session === undefined) return undefined;
    const { plan } = await loop.look(session, target);
    return { plan, target, dangers: loop.dangersIn(plan, target), applied: loop.applied() };
  }

  return (of) => {
    const known = under.get(of);
    if (known !== undefined) return known;
    const begun = preview(of).finally(() => under.delete(of));
    under.set(of, begun);
    return begun;
  };
}
