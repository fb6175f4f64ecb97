import { addressOf, declaredKinds } from '../kinds.ts';
import type { Address, Kind } from '../manifest.ts';
import type { Path, Problem } from '../problem.ts';
import { isTable, type RawTable } from '../table.ts';
import { escaped } from '../escaped.ts';
import { lateBelow } from '../references.ts';
import { fillIn, mentions, type Filling } from './fillIn.ts';
import type { Declared } from './gather.ts';
import { instancesOf } from './instances.ts';
import type { Entry } from './origin.ts';
import { overlay } from './overlay.ts';
import type { Work } from './work.ts';

/** Lays profile, resource and defaults over each other, makes the instances of `for_each`, and fills everything in. */
export function composeResources(work: Work): void {
  const { base, profile } = work;
  for (const declared of base.resources.values()) composeResource(work, declared);
  for (const [address, declared] of profile.resources)
    if (!base.resources.has(address)) composeResource(work, declared);
}

function composeResource(work: Work, own: Declared): void {
  const { base, profile, problems } = work;
  const { kind, name } = own;
  const address = addressOf(kind, name);
  const layers = [
    profile.resources.get(address),
    base.resources.get(address),
    profile.defaults.get(kind),
    base.defaults.get(kind),
  ].filter((layer) => layer !== undefined);
  const entry = { own, layers };
  const table =
    layers.length === 1
      ? own.value
      : layers.map(({ value }) => value).reduceRight((below, above) => overlay(above, below));
  if (!isTable(table) || !Object.hasOwn(table, 'for_each')) {
    add(work, kind, name, entry, table);
    return;
  }
  const { for_each: written, ...rest } = table;
  const failed: Path[] = [];
  const path = [kind, name, 'for_each'];
  work.entries.set(address, entry);
  const value = fillIn(written, { scope: work.scope, late: false, path, problems, failed });
  const { instances, problems: wrong } =
    failed.length > 0 ? { instances: [], problems: [] } : instancesOf(kind, name, value);
  problems.push(...wrong);
  work.groups.set(
    address,
    instances.map((instance) => addressOf(kind, instance.name)),
  );
  for (const instance of instances) add(work, kind, instance.name, { ...entry, instance }, rest);
}

function add(
  work: Work,
  kind: Kind,
  name: string,
  entry: Entry & { readonly own: Declared },
  table: unknown,
): void {
  const address = addressOf(kind, name);
  const other = work.tables.has(address) ? work.entries.get(address) : undefined;
  if (other !== undefined) {
    work.problems.push(sameName(address, entry, other));
    return;
  }
  work.entries.set(address, entry);
  if (!isTable(table) || !mentions(table)) {
    work.tables.set(address, table);
    return;
  }
  const filled: Path[] = [];
  const { scope, problems, failed } = work;
  const filling = { scope, each: entry.instance, problems, filled, failed };
  work.tables.set(address, fillTable(table, kind, name, filling));
  // Paths within its table.
  work.filled.set(
    address,
    filled.map((path) => path.slice(2)),
  );
}

function fillTable(
  table: RawTable,
  kind: Kind,
  name: string,
  filling: Omit<Filling, 'late' | 'path'>,
): RawTable {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => {
      const late = lateBelow(kind, key);
      const path = [kind, name, key];
      if (late === true || late.length === 0)
        return [key, fillIn(value, { ...filling, late: late === true, path })];
      return [key, fillPartly(value, late, { ...filling, path })];
    }),
  );
}

/** A table of which some keys may hold references for later. */
function fillPartly(
  value: unknown,
  late: readonly string[],
  filling: Omit<Filling, 'late'> & { readonly path: Path },
): unknown {
  const { path } = filling;
  // What stands for the whole table is a value of its own: nothing in it is a reference.
  const whole = isTable(value) ? undefined : fillIn(value, { ...filling, late: false });
  const inner = isTable(value) ? value : whole;
  if (!isTable(inner)) return inner;
  return Object.fromEntries(
    Object.entries(inner).map(([key, item]) => {
      const isLate = late.includes(key);
      if (whole !== undefined) return [key, isLate ? escaped(item) : item];
      return [key, fillIn(item, { ...filling, late: isLate, path: [...path, key] })];
    }),
  );
}

function sameName(address: Address, entry: Entry, other: Entry): Problem {
  const { own, instance } = entry.instance === undefined ? other : entry;
  const rival = entry.instance === undefined ? entry : other;
  const path = [...own.path, 'for_each', ...(instance?.path ?? [])];
  return {
    code: 'schema.duplicate',
    message: `for_each makes ${address}, which is declared already`,
    hint: 'take another key, or give the other one another name',
    file: own.source.file,
    path,
    on: typeof instance?.path[0] === 'string' ? 'key' : 'value',
    elsewhere: rival.own.path,
    elsewhereFile: rival.own.source.file,
  };
}

/** The tables as the document has them, `kind` and then `name`. */
export function tablesByKind({ entries, tables }: Work): RawTable {
  const made = new Map<string, [string, unknown][]>();
  for (const [address, table] of tables) {
    const kind = entries.get(address)?.own.kind ?? '';
    const name = address.slice(kind.length + 1);
    const known = made.get(kind);
    if (known === undefined) made.set(kind, [[name, table]]);
    else known.push([name, table]);
  }
  return Object.fromEntries(
    declaredKinds.flatMap((kind) => {
      const known = made.get(kind);
      return known === undefined ? [] : [[kind, Object.fromEntries(known)] as const];
    }),
  );
}
