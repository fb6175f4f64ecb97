import type { Choices, Files } from '../files.ts';
import type { Issue } from '../errors.ts';
import { folderOf } from '../paths.ts';
import { quote, type Problem } from '../problem.ts';
import { suggest } from '../suggest.ts';
import { isTable } from '../table.ts';
import { readToml } from '../toml.ts';
import { describeValue } from '../words.ts';
import type { Gathered, Layer } from './gather.ts';
import type { Source } from './source.ts';

/** A variable's value before its own references are filled in, and where it is from. */
export interface Variable {
  readonly value: unknown;
  /** Undefined when it was given on the command line. */
  readonly layer: Layer | undefined;
}

export interface VariablesRead {
  readonly variables: ReadonlyMap<string, Variable>;
  readonly problems: readonly Problem[];
  /** What has no place in a file: an option that is wrong. */
  readonly issues: readonly Issue[];
  /** Those of `--var-file`. */
  readonly sources: readonly Source[];
}

/** The value of each variable: its default in `[vars]`, that of the profile, of `--var-file`, of `--var`; the last counts. */
export function readVariables(
  base: Gathered,
  profile: Gathered,
  { set = [], valueFiles = [] }: Choices,
  files: Files,
): VariablesRead {
  const variables = new Map<string, Variable>();
  const problems: Problem[] = [];
  const issues: Issue[] = [];
  const sources: Source[] = [];
  for (const [name, layer] of base.variables) {
    if (!/^[A-Za-z0-9_-]+$/.test(name)) problems.push(wrongName(name, layer));
    variables.set(name, { value: layer.value, layer });
  }
  const replace = (name: string, layer: Layer): void => {
    const known = base.variables.get(name);
    const wrong = known === undefined ? unknown(name, variables) : otherType(name, layer.value, known);
    if (wrong === undefined) variables.set(name, { value: layer.value, layer });
    else problems.push({ ...wrong, file: layer.source.file, path: layer.path });
  };
  for (const [name, layer] of profile.variables) {
    if (base.variables.has(name)) replace(name, layer);
    else variables.set(name, { value: layer.value, layer });
  }
  for (const file of valueFiles) {
    const source = valuesIn(file, files);
    if ('code' in source) issues.push(source);
    else {
      sources.push(source);
      for (const [name, value] of Object.entries(source.document))
        replace(name, { source, path: [name], value });
    }
  }
  for (const { name, text } of set) {
    const read = given(name, text, base.variables.get(name) ?? profile.variables.get(name), variables);
    if ('code' in read) issues.push(read);
    else variables.set(name, read);
  }
  return { variables, problems, issues, sources };
}

function valuesIn(file: string, files: Files): Source | Issue {
  const read = files.read(file);
  if ('why' in read) {
    const hint = 'name a TOML file with values after --var-file: memory = "2Gi"';
    return { code: 'file.unreadable', message: `--var-file ${file}: ${read.why}`, hint };
  }
  const text = read.text.replace(/^\ufeff/, '');
  const toml = readToml(text, read.shownAs);
  if ('issue' in toml) return toml.issue;
  return { file, shownAs: read.shownAs, folder: folderOf(file), text, document: toml.document };
}

/** Read as what the default is: `--var cpus=4` is a number where `[vars]` has one. */
function given(
  name: string,
  text: string,
  known: Layer | undefined,
  variables: ReadonlyMap<string, Variable>,
): Variable | Issue {
  if (known === undefined) {
    const { code, message, hint } = unknown(name, variables);
    return { code, message: `--var ${name}: ${message}`, hint };
  }
  const value = typeof known.value === 'string' ? text : tomlValue(text);
  const wrong = otherType(name, value === undefined ? text : value, known);
  if (wrong === undefined) return { value, layer: undefined };
  return { code: wrong.code, message: `--var ${name}: ${wrong.message}`, hint: wrong.hint };
}

function tomlValue(text: string): unknown {
  const read = readToml(`value = ${text}`, '');
  return 'issue' in read || Object.keys(read.document).length !== 1 ? undefined : read.document['value'];
}

type Wrong = Required<Pick<Problem, 'code' | 'message' | 'hint'>> & Pick<Problem, 'on'>;

function wrongName(name: string, { source, path }: Layer): Problem {
  return {
    code: 'schema.name',
    message: `${quote(name)} is no name for a variable`,
    hint: 'letters, digits, _ and -: it is used as ${var.memory}',
    file: source.file,
    path,
    on: 'key',
  };
}

function unknown(name: string, variables: ReadonlyMap<string, unknown>): Wrong {
  const names = [...variables.keys()];
  const meant = suggest(name, names);
  const declared =
    names.length === 0 ? 'declare it with its default in [vars]' : `declared in [vars]: ${names.join(', ')}`;
  return {
    code: 'variable.missing',
    message: `there is no variable ${quote(name)}`,
    hint: meant === undefined ? declared : `did you mean ${meant}?`,
    on: 'key',
  };
}

function otherType(name: string, value: unknown, known: Layer): Wrong | undefined {
  const [wanted, found] = [typeOf(known.value), typeOf(value)];
  if (wanted === found) return undefined;
  return {
    code: 'schema.type',
    message: `variable ${name} must be ${wanted}, not ${describeValue(value)}`,
    hint: `its default is ${describeValue(known.value)}`,
    on: 'value' as const,
  };
}

function typeOf(value: unknown): string {
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number';
  if (typeof value === 'boolean') return 'true or false';
  if (Array.isArray(value)) return 'an array';
  return isTable(value) ? 'a table' : 'a date';
}
