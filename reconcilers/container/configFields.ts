import { isSensitiveName } from '../../schema/environment.ts';
import { hidden } from '../../schema/sensitive.ts';
import type { FieldChange } from '../reconciler.ts';
import { filesAnnotation, markAnnotation } from './ociConfig.ts';
import { splitVariable } from './ociImage.ts';
import { splitSensitiveParts } from './sensitiveParts.ts';

/** How one `config.json` differs from another. */
export interface ConfigDifference {
  /** In the NovaFile's words. A capsule sees them only when it is started again. */
  readonly fields: readonly FieldChange[];
  /** What it is called, and what it knows of names: a running capsule is told. */
  readonly names: readonly FieldChange[];
  /** Limits or device rules differ, which can be changed while it runs. */
  readonly resources: boolean;
}

/**
 * Compares the text of a `config.json` with what it should be; the order of keys and blanks do not count.
 * @param before undefined, or no JSON: it is not there
 * @param nameOf what the NovaFile calls the source of a bind mount; undefined: it is none of the NovaFile's
 */
export function compareConfigs(before: string | undefined, after: string, nameOf: NameOf): ConfigDifference {
  const old = split(before, nameOf);
  const wanted = split(after, nameOf);
  const secret = new Set([...old.secret, ...wanted.secret]);
  const fields = differing(old.fields, wanted.fields).map((change) =>
    secret.has(change.path) ? concealed(change) : change,
  );
  const names = differing(old.names, wanted.names).map((change) =>
    change.path === 'names' ? { path: 'names', before: 'others', after: 'as declared' } : change,
  );
  const rest =
    old.rest === wanted.rest ? [] : [{ path: 'config', before: 'something else', after: 'as declared' }];
  return {
    fields: fields.length > 0 ? fields : rest,
    names,
    resources: old.resources !== wanted.resources,
  };
}

function differing(old: Fields, wanted: Fields): readonly FieldChange[] {
  const paths = [...new Set([...Object.keys(old), ...Object.keys(wanted)])];
  return paths.flatMap((path): readonly FieldChange[] => {
    const change = { path, before: old[path], after: wanted[path] };
    return stable(change.before) === stable(change.after) ? [] : [change];
  });
}

function concealed({ path, before, after }: FieldChange): FieldChange {
  const show = (value: unknown): unknown => (value === undefined ? value : hidden);
  return { path, before: show(before), after: show(after) };
}

export type NameOf = (source: string) => string | undefined;

interface Parts {
  /** Paths of fields whose values nobody may see. */
  readonly secret: readonly string[];
  readonly fields: Fields;
  readonly names: Fields;
  readonly resources: string;
  /** Everything that has no word in the NovaFile. */
  readonly rest: string;
}

function split(text: string | undefined, nameOf: NameOf): Parts {
  const config = record(parseJson(text));
  const { process, linux, mounts, hostname, annotations, ...others } = config;
  const { args, env, cwd, user, ...ofProcess } = record(process);
  const { resources, devices, ...ofLinux } = record(linux);
  const [volumes, ownMounts] = splitMounts(mounts, nameOf);
  const { uid, gid, ...ofUser } = record(user);
  const { parts, others: said } = splitSensitiveParts(record(annotations));
  const { [markAnnotation]: _, [filesAnnotation]: etc, ...notes } = said;
  const named = variables(env).flatMap(([name]) => (isSensitiveName(name) ? [name] : []));
  const files = Object.entries(parts.files).map(([path, hash]) => [`files.${path}`, hash] as const);
  return {
    secret: [...[...parts.env, ...named].map((name) => `env.${name}`), ...files.map(([path]) => path)],
    fields: {
      ...(args === undefined ? {} : { command: args }),
      ...Object.fromEntries(variables(env).map(([name, value]) => [`env.${name}`, value])),
      ...Object.fromEntries(files),
      ...(cwd === undefined ? {} : { workdir: cwd }),
      ...(typeof uid !== 'number' || typeof gid !== 'number' ? {} : { user: `${uid}:${gid}` }),
      ...(volumes.length === 0 ? {} : { volumes }),
      ...(Array.isArray(devices) ? { gpus: devices.map((node) => record(node)['path']) } : {}),
    },
    names: {
      ...(hostname === undefined ? {} : { hostname }),
      ...(etc === undefined ? {} : { names: etc }),
    },
    resources: stable(resources),
    rest: stable([others, notes, ofProcess, ofLinux, ofUser, ownMounts]),
  };
}

/** Volumes as the NovaFile writes them, and the mounts that every capsule has. */
function splitMounts(mounts: unknown, nameOf: NameOf): [readonly string[], readonly unknown[]] {
  const all = Array.isArray(mounts) ? mounts.map(record) : [];
  const isVolume = ({ type, source }: Fields): boolean =>
    type === 'bind' && nameOf(String(source)) !== undefined;
  const volumes = all.filter(isVolume).map(({ source, destination, options }) => {
    const suffix = Array.isArray(options) && options.includes('ro') ? ':ro' : '';
    return `${nameOf(String(source))}:${String(destination)}${suffix}`;
  });
  return [volumes, all.filter((mount) => !isVolume(mount))];
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function variables(env: unknown): readonly (readonly [string, string])[] {
  return Array.isArray(env) ? env.map((variable) => splitVariable(String(variable))) : [];
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function stable(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) =>
      Array.isArray(item) ? item : typeof item === 'object' && item !== null ? sorted(item) : item,
    ) ?? ''
  );
}

function sorted(item: object): object {
  return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
