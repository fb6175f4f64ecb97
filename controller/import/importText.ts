import { isSensitiveName } from '../../schema/environment.ts';
import { escapeReferences } from '../../schema/template.ts';
import { printTable } from '../render/novaFile.ts';
import { type Found, nameFrom } from './found.ts';

/**
 * A NovaFile for what was found, with `adopt = true` where Nova can take it over, what is left out as comments. Values of variables whose names
 * say that nobody should see them are not in it: they become secrets.
 */
export function importText(project: string, found: readonly Found[]): string {
  const taken = new Set<string>();
  const tables = found.map((each) => {
    const name = freeName(each, taken);
    const notes = each.notes
      .map((note) => `# ${note.replaceAll(/[^\t\x20-\x7e\u00a0-\uffff]/g, '?')}\n`)
      .join('');
    const table = { ...withoutSecrets(name, each.table), ...(each.adoptable ? { adopt: true } : {}) };
    return `${notes}${printTable(`${each.kind}.${name}`, table)}\n`;
  });
  return [`project = "${project}"\n`, ...tables].join('\n');
}

function freeName({ kind, calledThere }: Found, taken: Set<string>): string {
  // A bridge has the name of its network, where that can be one.
  const wanted =
    kind === 'network' && /^[A-Za-z0-9][A-Za-z0-9_-]*[A-Za-z0-9]$/.test(calledThere)
      ? calledThere
      : nameFrom(calledThere);
  let name = wanted;
  for (let count = 2; taken.has(`${kind}.${name}`); count += 1) name = `${wanted.slice(0, 36)}-${count}`;
  taken.add(`${kind}.${name}`);
  return name;
}

function withoutSecrets(owner: string, table: Found['table']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [
      key,
      key === 'env' ? variables(owner, value) : escaped(value),
    ]),
  );
}

function variables(owner: string, env: unknown): unknown {
  return Object.fromEntries(
    Object.entries(env ?? {}).map(([name, value]: [string, unknown]) => {
      if (!isSensitiveName(name)) return [name, escaped(value)];
      return [name, { secret: `${owner}-${nameFrom(name)}` }];
    }),
  );
}

/** What is on the host refers to nothing. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapeReferences(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]));
}
