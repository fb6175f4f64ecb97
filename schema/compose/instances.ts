import type { Kind } from '../manifest.ts';
import { checkName } from '../names.ts';
import { quote, type Path, type Problem } from '../problem.ts';
import { isTable } from '../table.ts';
import { describeValue } from '../words.ts';
import type { Each } from './scope.ts';

/** One of those that a table with `for_each` stands for. */
export interface Instance extends Each {
  /** `web-a` for the key `a`: it can stand in an address, and is a name in DNS. */
  readonly name: string;
  /** Of its key or element, within the value of `for_each`. */
  readonly path: Path;
}

export interface InstancesRead {
  readonly instances: readonly Instance[];
  /** Their paths are from the top, through `for_each`. */
  readonly problems: readonly Problem[];
}

/** The instances of `[kind.name]`, by key and never by position. `value` is what `for_each` says, filled in. */
export function instancesOf(kind: Kind, name: string, value: unknown): InstancesRead {
  const path = [kind, name, 'for_each'];
  const instances: Instance[] = [];
  const problems: Problem[] = [];
  const take = (key: string, inner: unknown, last: string | number, on: 'key' | 'value'): void => {
    const wrong = checkName(kind, `${name}-${key}`);
    problems.push(...wrong.map((problem) => ({ ...problem, path: [...path, last], on })));
    if (wrong.length === 0) instances.push({ name: `${name}-${key}`, key, value: inner, path: [last] });
  };
  if (isTable(value)) for (const [key, inner] of Object.entries(value)) take(key, inner, key, 'key');
  else if (Array.isArray(value)) {
    value.forEach((element: unknown, index) => {
      if (typeof element !== 'string') problems.push(noKey(element, [...path, index]));
      else if (value.indexOf(element) < index) problems.push(again(element, [...path, index]));
      else take(element, element, index, 'value');
    });
  } else problems.push(noTable(value, path));
  return { instances, problems };
}

function noTable(value: unknown, path: Path): Problem {
  return {
    code: 'schema.type',
    message: `for_each must be a table or an array of texts, not ${describeValue(value)}`,
    hint: 'for example for_each = ["a", "b"], or for_each = { a = { port = 8001 }, b = { port = 8002 } }',
    path,
  };
}

function noKey(element: unknown, path: Path): Problem {
  return {
    code: 'schema.type',
    message: `for_each takes texts, not ${describeValue(element)}`,
    hint: 'they are the keys of what is made; where there is more to say, take a table: { a = { port = 8001 } }',
    path,
  };
}

function again(element: string, path: Path): Problem {
  return {
    code: 'schema.duplicate',
    message: `for_each has ${quote(element)} already`,
    hint: 'each key stands once: it is what an instance is known by',
    path,
  };
}
