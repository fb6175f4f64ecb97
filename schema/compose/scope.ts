import type { ErrorCode } from '../errors.ts';
import { quote, type Path, type Problem } from '../problem.ts';
import { suggest } from '../suggest.ts';
import { isTable } from '../table.ts';
import type { Expression } from './expression.ts';
import { fillIn } from './fillIn.ts';
import type { Variable } from './variables.ts';

export type Found =
  | { readonly value: unknown }
  | { readonly code: ErrorCode; readonly message: string; readonly hint: string }
  /** Something is wrong with it that is told where it is written. */
  | { readonly told: true };

/** The instance that a table is filled in for. */
export interface Each {
  readonly key: string;
  readonly value: unknown;
}

/** What expressions stand for. */
export interface Scope {
  readonly look: (expression: Expression, each: Each | undefined) => Found;
  /** Of variables that were used: what is wrong within them. */
  readonly problems: readonly Problem[];
}

export function createScope(
  variables: ReadonlyMap<string, Variable>,
  env: Readonly<Record<string, string | undefined>>,
): Scope {
  const values = new Map<string, Found>();
  const problems: Problem[] = [];
  const onWay: string[] = [];

  const look: Scope['look'] = (expression, each) => {
    switch (expression.of) {
      case 'env':
        return environment(expression.name, expression.otherwise, env);
      case 'each':
        if (each === undefined) return outside(expression.what);
        return expression.what === 'key'
          ? { value: each.key }
          : within(each.value, expression.keys, 'each.value');
      case 'var': {
        const found = variable(expression.name);
        return 'value' in found ? within(found.value, expression.keys, `var.${expression.name}`) : found;
      }
    }
  };

  const variable = (name: string): Found => {
    const known = variables.get(name);
    if (known === undefined) return noVariable(name, [...variables.keys()]);
    const found = values.get(name);
    if (found !== undefined) return found;
    if (onWay.includes(name)) return circle(onWay.slice(onWay.indexOf(name)), name);
    onWay.push(name);
    const made = resolved(known);
    onWay.pop();
    values.set(name, made);
    return made;
  };

  const resolved = ({ value, layer }: Variable): Found => {
    // What is given on the command line stands for itself.
    if (layer === undefined) return { value };
    const wrong: Problem[] = [];
    const failed: Path[] = [];
    const filled = fillIn(value, { scope: { look }, late: false, path: [], problems: wrong, failed });
    problems.push(
      ...wrong.map((problem) => ({
        ...problem,
        file: layer.source.file,
        path: [...layer.path, ...problem.path],
      })),
    );
    return failed.length === 0 ? { value: filled } : { told: true };
  };

  return { look, problems };
}

function environment(
  name: string,
  otherwise: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Found {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  // As in a shell: `:-` counts for what is empty, too.
  if (otherwise !== undefined && (value ?? '') === '') return { value: otherwise };
  if (value !== undefined) return { value };
  return {
    code: 'variable.missing',
    message: `the environment has no ${name}`,
    hint: `set it (${name}=… nova plan), or say what to take without it: \${env.${name}:-text}`,
  };
}

function outside(what: 'key' | 'value'): Found {
  return {
    code: 'variable.missing',
    message: `each.${what} is known only in a table with for_each`,
    hint: 'for example for_each = ["a", "b"] in the same table',
  };
}

function noVariable(name: string, names: readonly string[]): Found {
  const meant = suggest(name, names);
  const hint = `declare it with a default: ${name} = "…" in [vars]`;
  return {
    code: 'variable.missing',
    message: `there is no variable ${quote(name)}`,
    hint: meant === undefined ? hint : `did you mean \${var.${meant}}?`,
  };
}

function circle(ring: readonly string[], name: string): Found {
  const round = [...ring, name].map((each) => `var.${each}`).join(' -> ');
  return {
    code: 'reference.cycle',
    message: `these stand for each other: ${round}`,
    hint: 'give one of them a value of its own',
  };
}

function within(value: unknown, keys: Path, label: string): Found {
  let found = value;
  let named = label;
  for (const key of keys) {
    const inner: unknown = isTable(found) && Object.hasOwn(found, key) ? found[key] : undefined;
    if (inner === undefined) {
      const names = isTable(found) ? Object.keys(found) : [];
      const meant = suggest(String(key), names);
      const hint = isTable(found) ? `it has ${names.join(', ') || 'nothing'}` : 'it is no table';
      return {
        code: 'variable.missing',
        message: `${named} has no ${quote(String(key))}`,
        hint: meant === undefined ? hint : `did you mean ${meant}?`,
      };
    }
    found = inner;
    named = `${named}.${key}`;
  }
  return { value: found };
}
