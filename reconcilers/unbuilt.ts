/** Something that the language has and the host side does not do yet. */
export interface Unbuilt {
  /** The key, as `disks` or `limits.disk`; empty: the whole resource. */
  readonly path: string;
  /** Whether it is its value that is not built; default: the key. */
  readonly on?: 'key' | 'value';
  /** What is said of it, for a person. */
  readonly what: string;
}

/** Those of the keys that a spec has, each by its name. Keys of inner tables have dots. */
export function unbuiltKeys(spec: object, keys: readonly string[]): readonly Unbuilt[] {
  return keys
    .filter((path) => valueAt(spec, path) !== undefined)
    .map((path) => ({ path, what: `\`${path}\` is not built yet` }));
}

function valueAt(spec: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined,
      spec,
    );
}
