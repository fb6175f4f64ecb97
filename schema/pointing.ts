import type { Composed } from './compose/compose.ts';
import type { Draft } from './draft.ts';
import type { Issue, Subject } from './errors.ts';
import { findPlaces, type Places } from './places.ts';
import type { Path } from './problem.ts';

/** What is told of a place, an issue or another thing. */
type Told = Omit<Issue, 'code'>;

/** Puts what is about something in the table of a resource where that is written; all else stays as it is. */
export type Pointing = <T extends Told>(told: readonly T[]) => Promise<readonly T[]>;

/** For what is only found when the NovaFile was read already. Its files are read again when there is such a thing. */
export function pointingIn(composed: Composed, drafts: readonly Draft[]): Pointing {
  let found: Promise<Places> | undefined;
  return async (told) => {
    if (told.every(({ about }) => about === undefined)) return told;
    found ??= findPlaces(composed);
    const places = await found;
    return told.map((one) => pointed(one, places, drafts));
  };
}

function pointed<T extends Told>(one: T, places: Places, drafts: readonly Draft[]): T {
  const { about, message } = one;
  const draft = drafts.find(({ address }) => address === about?.resource);
  if (about === undefined || draft === undefined) return one;
  const { on = 'value' } = about;
  const [placed] = places.issues([{ code: 'internal', message, path: pathOf(draft, about), on }]);
  if (placed === undefined) return one;
  const { at, until, related } = placed;
  return { ...one, ...(at && { at }), ...(until && { until }), ...(related && { related }) };
}

function pathOf(draft: Draft, { path }: Subject): Path {
  return [...tableOf(draft), ...(draft.impliedBy === undefined ? path : ['capsule'])];
}

/** What is implied is where the table stands that implies it. */
export function tableOf({ kind, name, impliedBy }: Pick<Draft, 'kind' | 'name' | 'impliedBy'>): Path {
  return impliedBy?.split(/\.(.*)/s).slice(0, 2) ?? [kind, name];
}
