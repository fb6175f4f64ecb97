import type { z } from 'zod';

type ZodIssue = z.core.$ZodIssue;

/**
 * Where one form of several was surely meant, because its type is right, its issues stand in place of the union's.
 * Unions that no form fits are left as they are.
 */
export function flattenUnions(issues: readonly ZodIssue[]): readonly ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue];
    const meant = issue.errors.find((branch) => !branch.some(isOtherType));
    if (meant === undefined) return [issue];
    return flattenUnions(meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

function isOtherType({ code, path }: ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}
