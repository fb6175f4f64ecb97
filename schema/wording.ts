import { z } from 'zod';

import type { ErrorCode } from './errors.ts';
import { exampleFor, keysAt } from './keys.ts';
import type { Kind } from './manifest.ts';
import { orList, quote, type Path, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';
import { topLevel } from './topLevel.ts';
import { describeValue, expectedWords } from './words.ts';

type ZodIssue = z.core.$ZodIssue;

/** What a hint or a code of our own checks looks like in zod's `params`. */
const Params = z.object({
  hint: z.string().optional(),
  code: z.enum(['schema.value', 'schema.name']).default('schema.value'),
  on: z.enum(['value', 'key']).default('value'),
  veiled: z.literal(true).exactOptional(),
});

/** What zod found in the table `kind.name`, in our own words. Paths are from the top of the NovaFile. */
export function problemsFrom(issues: readonly ZodIssue[], kind: Kind, name: string): readonly Problem[] {
  return issues.flatMap((issue) => wordIssue(issue, { kind, name, path: pathOf(issue) }));
}

interface Place {
  readonly kind: Kind;
  readonly name: string;
  /** Within the table. */
  readonly path: Path;
}

function wordIssue(issue: ZodIssue, place: Place): readonly Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, place));
    case 'invalid_union':
      return [wrongType(issue.errors.flatMap(expectedBy), issue.input, place)];
    case 'invalid_type':
      return [issue.input === undefined ? missing(place) : wrongType([issue.expected], issue.input, place)];
    case 'invalid_value':
      return [wrongChoice(issue.values.map(String), issue.input, place)];
    case 'too_small':
      return [
        outOfBounds(issue.inclusive === false ? 'more than' : 'at least', issue.minimum, issue.origin, place),
      ];
    case 'too_big':
      return [
        outOfBounds(issue.inclusive === false ? 'less than' : 'at most', issue.maximum, issue.origin, place),
      ];
    case 'custom': {
      const { code, hint, ...how } = Params.parse(issue.params ?? {});
      return [{ ...problem(code, issue.message, place, hint), ...how }];
    }
    default:
      return [problem('schema.value', 'is not valid', place)];
  }
}

function expectedBy([first]: readonly ZodIssue[]): readonly string[] {
  if (first?.code === 'invalid_union') return first.errors.flatMap(expectedBy);
  return first?.code === 'invalid_type' ? [first.expected] : [];
}

function unknownKey(key: string, place: Place): Problem {
  const { kind, name, path } = place;
  const known = keysAt(kind, path);
  const meant = suggest(key, path.length === 0 ? [...known, 'for_each'] : known);
  const table = `${kind}.${name}${path.length === 0 ? '' : `.${labelOf(path)}`}`;
  return {
    code: 'schema.unknown-key',
    message: `${table} has no key ${quote(key)}`,
    hint: hintFor(key, meant, place),
    path: [kind, name, ...path, key],
    on: 'key',
  };
}

function hintFor(key: string, meant: string | undefined, { kind, path }: Place): string {
  if (Object.hasOwn(topLevel, key)) return `${key} stands at the top of the file, above the first table`;
  return meant === undefined ? keysHint(kind, keysAt(kind, path), path) : `did you mean ${meant}?`;
}

/** A long list is looked up rather than read. */
function keysHint(kind: Kind, known: readonly string[], path: Path): string {
  if (path.length > 0 || known.length <= 12) return `its keys are ${known.join(', ')}`;
  return `\`nova schema docs ${kind}\` says what its ${known.length} keys are`;
}

function missing({ kind, name, path }: Place): Problem {
  const example = exampleFor(kind, path);
  return {
    code: 'schema.missing',
    message: `${kind}.${name} needs the key ${labelOf(path)}`,
    hint: example === undefined ? `add ${labelOf(path)}` : `for example ${example}`,
    path: [kind, name, ...path.slice(0, -1)],
    on: 'table',
  };
}

function wrongType(expected: readonly string[], input: unknown, place: Place): Problem {
  if (typeof input === 'bigint') return problem('schema.value', 'is too large a number', place);
  const wanted = orList(expectedWords(expected));
  return problem(
    'schema.type',
    `must be ${wanted}, not ${describeValue(input)}`,
    place,
    typeHint(expected, input, place),
  );
}

/** A command in one string is split the way it was surely meant, as far as that is plain. */
function typeHint(expected: readonly string[], input: unknown, place: Place): string | undefined {
  if (!expected.includes('array') || typeof input !== 'string') return undefined;
  const words =
    place.path.at(-1) === 'volumes' || place.path.at(-1) === 'ports' ? [input] : input.trim().split(/\s+/);
  const plain = words.every((word) => /^[\w./:=@%+,-]+$/.test(word));
  const items = plain ? words : ['sh', '-c', input];
  return `write an array: ${place.path.at(-1)} = [${items.map(quote).join(', ')}]`;
}

function wrongChoice(choices: readonly string[], input: unknown, place: Place): Problem {
  if (typeof input !== 'string') return wrongType(['string'], input, place);
  const meant = suggest(input, choices);
  const hint = meant === undefined ? undefined : `did you mean "${meant}"?`;
  return problem(
    'schema.value',
    `must be ${orList(choices.map((choice) => `"${choice}"`))}, not ${quote(input)}`,
    place,
    hint,
  );
}

function outOfBounds(relation: string, bound: number | bigint, origin: string, place: Place): Problem {
  if (origin === 'array') return problem('schema.value', 'must not be empty', place);
  return problem('schema.value', `must be ${relation} ${bound}`, place);
}

/** `message` without its subject; the hint defaults to an example. */
function problem(code: ErrorCode, message: string, { kind, name, path }: Place, hint?: string): Problem {
  const example = exampleFor(kind, path);
  const said = hint ?? (example === undefined ? undefined : `for example ${example}`);
  return {
    code,
    message: `${labelOf(path)} ${message}`,
    ...(said === undefined ? {} : { hint: said }),
    path: [kind, name, ...path],
  };
}

/** `limits.memory`, `ports[1]` */
function labelOf(path: Path): string {
  return path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : `.${/^[\w-]+$/.test(part) ? part : quote(part)}`,
    )
    .join('')
    .replace(/^\./, '');
}

function pathOf(issue: ZodIssue): Path {
  return issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}
