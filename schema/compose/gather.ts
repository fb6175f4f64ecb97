import { isKind } from '../kinds.ts';
import type { Kind } from '../manifest.ts';
import { notTable } from '../notTable.ts';
import type { Path, Problem } from '../problem.ts';
import { isTable, type RawTable } from '../table.ts';
import type { Source } from './source.ts';

/** A value and where it is written. */
export interface Layer {
  readonly source: Source;
  /** From the top of its file. */
  readonly path: Path;
  readonly value: unknown;
}

export interface Declared extends Layer {
  readonly kind: Kind;
  readonly name: string;
}

/** What files say together, before profiles and defaults are laid over each other. */
export interface Gathered {
  /** By address. */
  readonly resources: ReadonlyMap<string, Declared>;
  /** By kind. */
  readonly defaults: ReadonlyMap<string, Layer>;
  readonly variables: ReadonlyMap<string, Layer>;
  /** By profile, each file that has a part of it. */
  readonly profiles: ReadonlyMap<string, readonly Layer[]>;
  /** What else is at the top, by key. */
  readonly others: ReadonlyMap<string, readonly Layer[]>;
  readonly problems: readonly Problem[];
}

/** A file, or the part of a profile in one. */
export interface Part {
  readonly source: Source;
  readonly path: Path;
  readonly table: RawTable;
}

/** Puts the parts together; what two of them say is named in both places. The first part is the NovaFile's own. */
export function gather(parts: readonly Part[], root: Source): Gathered {
  const resources = new Map<string, Declared>();
  const [defaults, variables] = [new Map<string, Layer>(), new Map<string, Layer>()];
  const [profiles, others] = [new Map<string, Layer[]>(), new Map<string, Layer[]>()];
  const problems: Problem[] = [];

  const once = <L extends Layer>(known: Map<string, L>, key: string, layer: L, what: string): void => {
    const first = known.get(key);
    if (first === undefined) known.set(key, layer);
    else problems.push(twice(what, layer, first));
  };
  const eachIn = (
    layer: Layer,
    label: string,
    header: string,
    take: (name: string, inner: Layer) => void,
  ) => {
    const { source, path, value } = layer;
    if (!isTable(value)) problems.push({ ...notTable(label, path, value, header), file: source.file });
    else
      for (const name of Object.keys(value))
        take(name, { source, path: [...path, name], value: value[name] });
  };

  for (const { source, path, table } of parts) {
    for (const key of Object.keys(table)) {
      const layer: Layer = { source, path: [...path, key], value: table[key] };
      const inProfile = path.length > 0;
      if (key === 'include' && !inProfile) continue;
      if (key === 'vars') {
        eachIn(layer, 'vars', '[vars]', (name, inner) => once(variables, name, inner, `variable ${name}`));
      } else if (key === 'defaults') {
        eachIn(layer, 'defaults', '[defaults.KIND]', (kind, inner) =>
          once(defaults, kind, inner, `defaults.${kind}`),
        );
      } else if (key === 'profile' && !inProfile) {
        eachIn(layer, 'profile', '[profile.NAME]', (name, inner) => append(profiles, name, inner));
      } else if (isKind(key)) {
        eachIn(layer, key, `[${key}.NAME]`, (name, inner) =>
          once(resources, `${key}.${name}`, { ...inner, kind: key, name }, `${key}.${name}`),
        );
      } else if (key === 'project' && source !== root) problems.push(foreignProject(layer, root));
      else append(others, key, layer);
    }
  }
  return { resources, defaults, variables, profiles, others, problems };
}

function append(map: Map<string, Layer[]>, key: string, layer: Layer): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [layer]);
  else known.push(layer);
}

function twice(what: string, again: Layer, first: Layer): Problem {
  return {
    code: 'schema.duplicate',
    message: `${what} is declared already`,
    hint: 'remove one of the two, or give it another name; what differs by occasion goes into [profile.NAME]',
    file: again.source.file,
    path: again.path,
    on: 'key',
    elsewhere: first.path,
    elsewhereFile: first.source.file,
  };
}

function foreignProject({ source, path }: Layer, root: Source): Problem {
  return {
    code: 'schema.value',
    message: 'an included file has no project of its own',
    hint: `remove it: the project is named in ${root.shownAs}, which includes this file`,
    file: source.file,
    path,
    on: 'key',
  };
}
