import type { Issue } from '../errors.ts';
import { keysAt } from '../keys.ts';
import { declaredKinds, isKind } from '../kinds.ts';
import { notTable } from '../notTable.ts';
import { orList, quote, type Problem } from '../problem.ts';
import { suggest } from '../suggest.ts';
import { tables } from '../tables.ts';
import { flattenUnions } from '../unions.ts';
import { problemsFrom } from '../wording.ts';
import { isTable, type RawTable } from '../table.ts';
import { mentions } from './fillIn.ts';
import type { Gathered, Layer, Part } from './gather.ts';

/** The parts of the profile that was chosen, one for each file that has some of it. */
export function partsOf(
  { profiles }: Gathered,
  chosen: string | undefined,
): { readonly parts: readonly Part[]; readonly issues: readonly Issue[] } {
  if (chosen === undefined) return { parts: [], issues: [] };
  const layers = profiles.get(chosen);
  if (layers === undefined) return { parts: [], issues: [noProfile(chosen, [...profiles.keys()])] };
  const parts = layers.flatMap(({ source, path, value }) =>
    isTable(value) ? [{ source, path, table: value }] : [],
  );
  return { parts, issues: [] };
}

function noProfile(chosen: string, names: readonly string[]): Issue {
  const meant = suggest(chosen, names);
  const declared =
    names.length === 0 ? 'declare it with [profile.NAME.KIND.NAME]' : `there are ${names.join(', ')}`;
  return {
    code: 'profile.missing',
    message: `there is no profile ${quote(chosen)}`,
    hint: meant === undefined ? declared : `did you mean ${meant}?`,
  };
}

/**
 * Keys of defaults and of all profiles, whether they count now or not, and the values of those that do not: what is in a
 * resource's table is seen later.
 */
export function checkProfiles(
  { profiles, defaults, resources }: Gathered,
  chosen: string | undefined,
): readonly Problem[] {
  const used = new Set<string>([...resources.values()].map(({ kind }) => kind));
  const idle = [...defaults].filter(([kind]) => !used.has(kind));
  return [
    ...[...defaults].flatMap(([kind, layer]) => checkDefaults(kind, layer)),
    ...[...profiles.values()].flat().flatMap(checkProfile),
    ...idle.flatMap(([kind, layer]) => (isKind(kind) ? checkValues(kind, layer) : [])),
    ...[...profiles].flatMap(([name, layers]) => (name === chosen ? [] : layers.flatMap(valuesIn))),
  ];
}

function valuesIn({ source, path, value }: Layer): readonly Problem[] {
  if (!isTable(value)) return [];
  return Object.entries(value).flatMap(([key, below]): readonly Problem[] => {
    const inner = tablesIn({ source, path: [...path, key], value: below });
    if (isKind(key)) return inner.flatMap((layer) => checkValues(key, layer));
    if (key !== 'defaults') return [];
    return inner.flatMap((layer) => {
      const kind = String(layer.path.at(-1));
      return isKind(kind) ? checkValues(kind, layer) : [];
    });
  });
}

/** What is wrong whatever it is laid over. Variables are not known, as each profile may have its own. */
function checkValues(
  kind: (typeof declaredKinds)[number],
  { source, path, value }: Layer,
): readonly Problem[] {
  if (!isTable(value)) return [];
  const known = new Set(keysAt(kind, []));
  const plain = Object.entries(value).filter(([key, inner]) => known.has(key) && !mentions(inner));
  const read = tables[kind].safeParse(Object.fromEntries(plain), { reportInput: true });
  if (read.success) return [];
  // What is missing here is there in the table below.
  const issues = flattenUnions(read.error.issues).filter((issue) => issue.input !== undefined);
  return problemsFrom(issues, kind, String(path.at(-1))).map((problem) => ({
    ...problem,
    file: source.file,
    path: [...path, ...problem.path.slice(2)],
  }));
}

const topKeys = ['project', 'vars', 'defaults', ...declaredKinds];

function checkProfile(layer: Layer): readonly Problem[] {
  const { source, path, value } = layer;
  const name = String(path.at(-1));
  if (!isTable(value))
    return [
      { ...notTable(`profile.${name}`, path, value, `[profile.${name}.KIND.NAME]`), file: source.file },
    ];
  return Object.keys(value).flatMap((key): readonly Problem[] => {
    const inner = { ...layer, path: [...path, key], value: value[key] };
    if (isKind(key)) return tablesIn(inner).flatMap((table) => checkKeys(key, table));
    if (key === 'defaults')
      return tablesIn(inner).flatMap((table) => checkDefaults(String(table.path.at(-1)), table));
    return topKeys.includes(key) ? [] : [unknownKey('a profile', key, topKeys, inner)];
  });
}

function checkDefaults(kind: string, layer: Layer): readonly Problem[] {
  const { source, path, value } = layer;
  if (!isKind(kind)) return [unknownKey('defaults', kind, declaredKinds, layer)];
  if (!isTable(value))
    return [{ ...notTable(`defaults.${kind}`, path, value, `[defaults.${kind}]`), file: source.file }];
  if (Object.hasOwn(value, 'for_each')) {
    const message = 'for_each makes several of one resource, and cannot be a default';
    const hint = 'write it into the table of the resource';
    return [
      {
        code: 'schema.unknown-key',
        message,
        hint,
        file: source.file,
        path: [...path, 'for_each'],
        on: 'key',
      },
    ];
  }
  return checkKeys(kind, layer);
}

function tablesIn({ source, path, value }: Layer): readonly Layer[] {
  if (!isTable(value)) return [];
  return Object.entries(value).map(([name, inner]) => ({ source, path: [...path, name], value: inner }));
}

/** Only the keys of the table itself: they are told once, not for each resource that they would count for. */
function checkKeys(kind: (typeof declaredKinds)[number], layer: Layer): readonly Problem[] {
  const known = [...keysAt(kind, []), 'for_each'];
  if (!isTable(layer.value)) return [];
  const table: RawTable = layer.value;
  return Object.keys(table)
    .filter((key) => !known.includes(key))
    .map((key) => unknownKey(`a ${kind}`, key, known, { ...layer, path: [...layer.path, key] }));
}

function unknownKey(owner: string, key: string, known: readonly string[], { source, path }: Layer): Problem {
  const meant = suggest(key, known);
  return {
    code: 'schema.unknown-key',
    message: `${owner} has no key ${quote(key)}`,
    hint:
      meant === undefined
        ? `its keys are ${orList(known).replace(' or ', ' and ')}`
        : `did you mean ${meant}?`,
    file: source.file,
    path,
    on: 'key',
  };
}
