import { isSensitive } from '../../schema/sensitive.ts';

/** Pure: whether two values of plain data say the same, maps and sets in their order too. Of what is sensitive its keyed hash counts. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (isSensitive(one) || isSensitive(other))
    return isSensitive(one) && isSensitive(other) && isSame(one.toJSON(), other.toJSON());
  if (Array.isArray(one) || Array.isArray(other))
    return Array.isArray(one) && Array.isArray(other) && areSame(one, other);
  if (one instanceof Map || other instanceof Map || one instanceof Set || other instanceof Set)
    return (
      one.constructor === other.constructor &&
      areSame([...(one as Set<unknown>)], [...(other as Set<unknown>)])
    );
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  const [mine, theirs] = [one as Fields, other as Fields];
  return keys.every((key) => Object.hasOwn(theirs, key) && isSame(mine[key], theirs[key]));
}

type Fields = Readonly<Record<string, unknown>>;

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
}
