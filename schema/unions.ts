import type { z } from 'zod';

type ZodIssue = z.core.$ZodIssue;

/**
 * Where one form of several was surely meant, because its type is right, its issues stand in place of the union's.
 * Unions that no form fits are left as they are.
 */
export function flattenUnions(issues: readonly ZodIssue[]): readonly ZodIssue[] {
  return issues.flatMap((issue) => {
    // A date is an object for zod, and no table.
    if (issue.code !== 'invalid_union' || issue.input instanceof Date) return [issue];
    const meant = issue.errors.find((branch) => !branch.some(isOtherType));
    if (meant === undefined) return [issue];
    return flattenUnions(meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

/** A union within a union is another type when none of its forms is the right one. */
function isOtherType(issue: ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some(isOtherType));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}
