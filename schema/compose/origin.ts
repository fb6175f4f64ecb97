import { quote, type Path } from '../problem.ts';
import { isTable } from '../table.ts';
import { pieces } from '../template.ts';
import { parseExpression, type Expression } from './expression.ts';
import type { Layer } from './gather.ts';
import type { Instance } from './instances.ts';
import type { Variable } from './variables.ts';

/** A place in one file. */
export interface Spot {
  /** Absolute path of the file. */
  readonly file: string;
  readonly path: Path;
}

/** Where a value is from that was filled in; without a spot, it was not written in a file. */
export interface Definition {
  readonly message: string;
  readonly spot?: Spot;
  /** Whether the key is what counts, as the key of an instance. */
  readonly on?: 'key' | 'value';
}

export interface Origin extends Spot {
  readonly definitions: readonly Definition[];
}

/** What one resource is made of. */
export interface Entry {
  /** The table that declares it. */
  readonly own: Layer;
  /** Topmost first; `own` is one of them. */
  readonly layers: readonly Layer[];
  readonly instance?: Instance;
}

/** How far a path can be followed into a value; what stands for more than is written has the whole of it. */
function reach(value: unknown, path: Path): number {
  let found = value;
  for (const [depth, part] of path.entries()) {
    if (typeof found === 'string') return found.includes('${') ? path.length : depth;
    const inner = innerOf(found, part);
    if (inner === undefined) return depth;
    found = inner;
  }
  return path.length;
}

function innerOf(value: unknown, part: string | number): unknown {
  if (Array.isArray(value)) return typeof part === 'number' ? (value[part] as unknown) : undefined;
  return isTable(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}

/** Where a path within a resource is written: in the layer that has most of it, the topmost of several. */
export function layerOf({ own, layers }: Entry, path: Path): Layer {
  if (path.length === 0 || layers.length === 1) return own;
  let best = own;
  let most = -1;
  for (const layer of layers) {
    const depth = reach(layer.value, path);
    if (depth > most) [best, most] = [layer, depth];
  }
  return most === 0 ? own : best;
}

/** What a path within a layer is filled in with, where it is. */
export function definitionsOf(
  { value }: Layer,
  path: Path,
  within: string | undefined,
  { entry, variables }: { readonly entry?: Entry; readonly variables: ReadonlyMap<string, Variable> },
): readonly Definition[] {
  let found = value;
  let left = path;
  while (left.length > 0 && typeof found !== 'string') {
    const [part = ''] = left;
    found = innerOf(found, part);
    left = left.slice(1);
  }
  if (typeof found !== 'string' || !found.includes('${')) return [];
  const written = pieces(found).flatMap(({ type, text }) => (type === 'expression' ? [text] : []));
  const meant = within !== undefined && written.includes(within) ? [within] : [...new Set(written)];
  return meant.flatMap((text) => {
    const expression = parseExpression(text);
    return expression === undefined
      ? []
      : definitionOf(expression, text.slice(2, -1), left, { entry, variables });
  });
}

function definitionOf(
  expression: Expression,
  label: string,
  left: Path,
  around: { readonly entry?: Entry | undefined; readonly variables: ReadonlyMap<string, Variable> },
): readonly Definition[] {
  const { entry, variables } = around;
  if (expression.of === 'env') return [{ message: `env.${expression.name} is from the environment` }];
  if (expression.of === 'each') {
    const instance = entry?.instance;
    if (entry === undefined || instance === undefined) return [];
    const inner = expression.what === 'key' ? [] : [...expression.keys, ...left];
    const path = ['for_each', ...instance.path, ...inner];
    const layer = layerOf(entry, path);
    const on =
      inner.length === 0 && typeof instance.path[0] === 'string' ? ('key' as const) : ('value' as const);
    const message = `${label} of ${quote(instance.key)} is written here`;
    // Where for_each itself is filled in, only what it stands for is of interest.
    const [first, ...more] = definitionsOf(layer, path, undefined, { variables });
    if (first !== undefined) return [{ ...first, message, on }, ...more];
    return [{ message, spot: { file: layer.source.file, path: [...layer.path, ...path] }, on }];
  }
  const variable = variables.get(expression.name);
  if (variable === undefined) return [];
  const { layer } = variable;
  if (layer === undefined) return [{ message: `${label} was given with --var ${expression.name}` }];
  const path = [...expression.keys, ...left];
  return [
    {
      message: `${label} is written here`,
      spot: { file: layer.source.file, path: [...layer.path, ...path] },
    },
    ...deeper(layer, path, around, expression.name),
  ];
}

/** A variable that stands for another one. */
function deeper(
  layer: Layer,
  path: Path,
  { variables }: { readonly variables: ReadonlyMap<string, Variable> },
  name: string,
): readonly Definition[] {
  const rest = new Map(variables);
  rest.delete(name);
  return definitionsOf(layer, path, undefined, { variables: rest });
}
