import { keysAt } from '../../schema/keys.ts';
import { SecretsTable } from '../../schema/secret.ts';
import { declaredKinds, isKind } from '../../schema/kinds.ts';

/** Something that stands under a key of one part or of several. */
export interface Keyed {
  readonly key: readonly string[];
}

/**
 * In the order of the reference, as far as it has one: unknown keys come last, and those of a table whose keys are the
 * author's own (`env`) stay as they are. What begins alike stays together.
 * @param path of the table that they are in, from the top of the NovaFile
 */
export function inKeyOrder<Item extends Keyed>(
  items: readonly Item[],
  path: readonly string[],
): readonly Item[] {
  return sorted(items, path, 0);
}

function sorted<Item extends Keyed>(
  items: readonly Item[],
  path: readonly string[],
  depth: number,
): readonly Item[] {
  if (items.length < 2) return items;
  const known = keysIn(path);
  const rank = (name: string): number => {
    const index = known.indexOf(name);
    return index < 0 ? known.length : index;
  };
  const groups = Map.groupBy(items, ({ key }) => key[depth] ?? '');
  return [...groups]
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .flatMap(([name, members]) => sorted(members, [...path, name], depth + 1));
}

/** At the top: what the file is and is made of, then what it declares. */
const topKeys = [
  'project',
  'include',
  'auto',
  'vars',
  'secrets',
  'defaults',
  'profile',
  'moved',
  ...declaredKinds,
];

function keysIn(whole: readonly string[]): readonly string[] {
  const [kind, name, ...path] = whole;
  if (kind === undefined) return topKeys;
  // Tables as elsewhere: `[defaults.container]`, `[profile.test.container.web]`.
  if (kind === 'profile') return name === undefined ? [] : keysIn(path);
  if (kind === 'defaults') return name === undefined ? declaredKinds : keysIn([name, '', ...path]);
  if (kind === 'secrets' && name === undefined) return Object.keys(SecretsTable.shape);
  if (name === undefined || !isKind(kind)) return [];
  return path.length === 0 ? ['for_each', ...keysAt(kind, path)] : keysAt(kind, path);
}
