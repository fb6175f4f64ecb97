import { lt, valid } from 'semver';

/** Pure: whether one tag names an earlier version than another; what is no version is neither. */
export function isLowerVersion(tag: string, other: string): boolean {
  return valid(tag) !== null && valid(other) !== null && lt(tag, other);
}
