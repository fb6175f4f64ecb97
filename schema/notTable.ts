import type { Path, Problem } from './problem.ts';
import { describeValue } from './words.ts';

/** Something else stands where a table belongs. */
export function notTable(label: string, path: Path, value: unknown, header: string): Problem {
  return {
    code: 'schema.type',
    message: `${label} must be a table, not ${describeValue(value)}`,
    hint: `write ${header} on a line of its own, and its keys below`,
    path,
  };
}
