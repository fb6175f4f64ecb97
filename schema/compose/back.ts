import type { FolderAt } from '../paths.ts';
import type { Path } from '../problem.ts';
import type { Layer } from './gather.ts';
import { definitionsOf, layerOf, type Entry, type Origin } from './origin.ts';
import type { Source } from './source.ts';
import type { VariablesRead } from './variables.ts';
import type { Work } from './work.ts';

/** Where the relative paths of a resource start. */
export function folderAt(entry: Entry | undefined, root: Source): FolderAt {
  const own = entry?.own.source.folder ?? root.folder;
  if (entry === undefined || entry.layers.every(({ source }) => source.folder === own)) return () => own;
  return (...keys) => layerOf(entry, keys).source.folder;
}

/** Where a path of the composed document is written. */
export function originOf(
  { entries, base, profile }: Work,
  { variables }: VariablesRead,
  root: Source,
  path: Path,
  within: string | undefined,
): Origin {
  const [top = '', name, ...rest] = path;
  const entry = name === undefined ? undefined : entries.get(`${top}.${name}`);
  if (entry !== undefined) {
    const layer = layerOf(entry, rest);
    return {
      file: layer.source.file,
      path: [...layer.path, ...rest],
      definitions: definitionsOf(layer, rest, within, { entry, variables }),
    };
  }
  const found = otherOf(
    [...(profile.others.get(String(top)) ?? []), ...(base.others.get(String(top)) ?? [])],
    path.slice(1),
  );
  if (found === undefined) return { file: root.file, path, definitions: [] };
  const { layer, inner } = found;
  return {
    file: layer.source.file,
    path: [...layer.path, ...inner],
    definitions: definitionsOf(layer, inner, within, { variables }),
  };
}

/** Of arrays that were joined, the one that the index is in. */
function otherOf(
  layers: readonly Layer[],
  path: Path,
): { readonly layer: Layer; readonly inner: Path } | undefined {
  const [layer] = layers;
  if (layer === undefined) return undefined;
  let [index] = path;
  if (typeof index !== 'number') return { layer: layerOf({ own: layer, layers }, path), inner: path };
  for (const each of layers) {
    const { length } = Array.isArray(each.value) ? each.value : [];
    if (index < length) return { layer: each, inner: [index, ...path.slice(1)] };
    index -= length;
  }
  return { layer, inner: path };
}
