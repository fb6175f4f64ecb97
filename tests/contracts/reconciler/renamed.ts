import { parse, stringify } from 'smol-toml';

type Tables = Readonly<Record<string, Readonly<Record<string, object>>>>;

/**
 * The text of a NovaFile with everything called otherwise. `there` and `back` say so with `moved`; `arrived` does not
 * any more; `both` declares volumes of the old names beside them.
 */
export function renamed(text: string, way: 'there' | 'arrived' | 'back' | 'both'): string {
  const document = parse(text) as unknown as Tables;
  const { project, ...kinds } = document;
  const addresses = Object.entries(kinds).flatMap(([kind, tables]) =>
    Object.keys(tables).map((name) => [`${kind}.${name}`, `${kind}.${other(name)}`] as const),
  );
  if (way === 'back') {
    return stringify({ project, moved: addresses.map(([to, from]) => ({ from, to })), ...kinds });
  }
  const moved = addresses.map(([from, to]) => ({ from, to }));
  const called = Object.fromEntries(
    Object.entries(kinds).map(([kind, tables]) => [
      kind,
      Object.fromEntries(Object.entries(tables).map(([name, table]) => [other(name), refer(table, kinds)])),
    ]),
  );
  const volumes = way === 'both' ? { ...kinds['volume'], ...called['volume'] } : called['volume'];
  return stringify({
    project,
    ...(way === 'there' ? { moved } : {}),
    ...called,
    ...(volumes === undefined ? {} : { volume: volumes }),
  });
}

function other(name: string): string {
  return `${name}-2`;
}

/** A table that refers to the others by their new names. */
function refer(table: object, kinds: Tables): object {
  const named = (kind: string, name: string): string => (name in (kinds[kind] ?? {}) ? other(name) : name);
  const change = (key: string, value: unknown): unknown => {
    if (key === 'network') {
      if (typeof value === 'string') return other(value);
      return { ...(value as object), name: other((value as { name: string }).name) };
    }
    if (key === 'nics')
      return (value as { network: string }[]).map((nic) => ({ ...nic, network: other(nic.network) }));
    if (key === 'capsule' || key === 'image') return named('image', String(value));
    if (key === 'boot') {
      const boot = value as { kernel: string };
      return { ...boot, kernel: named('image', boot.kernel) };
    }
    if (key === 'volumes')
      return (value as string[]).map((mount) => mount.replace(/^[a-z]+/, (name) => named('volume', name)));
    if (key === 'gpus' || key === 'gpu_passthrough') {
      if (!Array.isArray(value)) return value;
      return (value as (string | { name: string })[]).map((each) =>
        typeof each === 'string' ? other(each) : { ...each, name: other(each.name) },
      );
    }
    if (key === 'forwards' || key === 'allow')
      return (value as string[]).map((text) => text.replaceAll(/\b(?:container|vm|network)\.[a-z]+/g, other));
    if (key === 'depends_on') return (value as string[]).map(other);
    if (key === 'env')
      return Object.fromEntries(
        Object.entries(value as Record<string, string>).map(([name, text]) => [
          name,
          text.replace(/\$\{container\.([a-z]+)\./, (_, of: string) => `\${container.${other(of)}.`),
        ]),
      );
    return value;
  };
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, change(key, value)]));
}
