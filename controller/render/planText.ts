import { binarySize } from '../../schema/binarySize.ts';
import { hidden, isSensitive } from '../../schema/sensitive.ts';
import type { Effect, FieldChange } from '../../reconcilers/reconciler.ts';
import { changesOf, effectOf, isRecord, replacePaths } from '../plan/changes.ts';
import type { Plan, PlannedResource } from '../plan/plan.ts';
import { hasChanges } from '../plan/plan.ts';
import type { Style } from './style.ts';

/** The plan as people read it, ending with the summary line. */
export function planText(plan: Plan, style: Style): string {
  const changing = plan.resources.filter((resource) => resource.steps.length > 0);
  const kept = plan.resources.filter(({ action }) => action === 'keep');
  const blocks = [
    ...changing.map((resource) => block(resource, style)),
    ...kept.map((resource) => keptLine(resource)),
    ...plan.resources.flatMap((resource) => heldLines(resource)),
  ];
  const ending = hasChanges(plan) ? summaryLine(plan, style) : nothingLine(plan);
  return `${[...blocks, ending].join('\n\n')}\n`;
}

/** `Plan: 2 to add, 1 to change, 0 to destroy.` */
export function summaryLine({ summary }: Plan, style: Style): string {
  const { add, change, destroy } = summary;
  return `${style.bold('Plan:')} ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

function nothingLine(plan: Plan): string {
  const broken = plan.resources.some(({ problems }) => problems.length > 0);
  return broken ? 'Nothing to do for the rest.' : 'Nothing to do: the host is as the NovaFile says.';
}

const headings: Record<Exclude<PlannedResource['action'], 'no-op' | 'keep' | 'update'>, string> = {
  create: 'will be created',
  replace: 'will be replaced',
  delete: 'will be destroyed',
  forget: 'will be forgotten: it stays as it is, and Nova does not own it any more',
};

const disruptions: Record<Effect, string> = {
  live: 'live: nothing restarts',
  restart: 'restarts it',
  replace: 'replaces it',
  'data-loss': 'its data is lost',
};

function block(resource: PlannedResource, style: Style): string {
  const { address, action } = resource;
  const was = changesOf(resource).find(({ path }) => path === 'address')?.before;
  const name = typeof was === 'string' ? `${address}, which was ${was},` : address;
  return [
    `  ${style.bold(`# ${name}`)} ${headingOf(resource)}`,
    `${symbol(action, style)} ${address}`,
    ...rows(resource, style),
  ].join('\n');
}

/** `will be changed (restarts it)` */
export function headingOf(resource: PlannedResource): string {
  const { action, replaces, replacedBy } = resource;
  const effect = effectOf(resource) ?? 'live';
  const beside = replaces && `will be created beside ${replaces.address}, which it replaces`;
  const heading =
    beside ??
    (action === 'update' || action === 'no-op' || action === 'keep'
      ? `will be changed (${stops(resource) ? 'stops it' : disruptions[effect]})`
      : headings[action] + (replacedBy === undefined ? '' : ` when ${replacedBy}, which replaces it, works`));
  const loses = (action === 'delete' || action === 'replace') && effect === 'data-loss';
  return loses ? `${heading}, and ${disruptions['data-loss']}` : heading;
}

function stops(resource: PlannedResource): boolean {
  return changesOf(resource).some(({ path, after }) => path === 'state' && after === 'stopped');
}

/** The sign that people know from plans: `+`, `-`, `-/+`, `~`. */
export function symbol(action: PlannedResource['action'], style: Style): string {
  if (action === 'create') return `  ${style.green('+')}`;
  if (action === 'delete') return `  ${style.red('-')}`;
  if (action === 'replace') return `${style.red('-')}/${style.green('+')}`;
  return `  ${style.yellow('~')}`;
}

/** The fields of a resource that change, a line each. */
export function rows(resource: PlannedResource, style: Style): readonly string[] {
  if (resource.action === 'create')
    return [
      ...createdRows(resource, style),
      ...(resource.replaces === undefined ? [] : [style.dim(`      # ${resource.replaces.reason}`)]),
    ];
  if (resource.action === 'delete') return [];
  const changes = changesOf(resource);
  const reasons = resource.steps.filter((step) => step.changes.length === 0).map((step) => step.reason);
  const forcing = new Set(replacePaths(resource));
  return [
    ...aligned(changes.map((change) => changeRow(change, forcing.has(change.path), style))),
    ...[...new Set(reasons)].map((reason) => style.dim(`      # ${reason}`)),
    ...hiddenRow(resource, changes, style),
  ];
}

function createdRows({ spec, outputs, unknownOutputs }: PlannedResource, style: Style): readonly string[] {
  const plus = style.green('+');
  const declared = isRecord(spec) ? Object.entries(spec).filter(([, value]) => isTelling(value)) : [];
  const known = Object.entries(outputs).filter(([name]) => !(isRecord(spec) && name in spec));
  return aligned([
    ...[...declared, ...known]
      .flatMap(([path, value]) => unfolded(path, value))
      .map(([path, value]) => ({ sign: plus, path, text: show(value, path) })),
    ...unknownOutputs.map((path) => ({ sign: plus, path, text: style.dim('(known after apply)') })),
  ]);
}

/** A table that is too long for a line has a line for each key. */
function unfolded(path: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (!isRecord(value) || show(value).length <= 90) return [[path, value]];
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [`${path}.${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)}`, item] as const);
}

interface Row {
  readonly sign: string;
  readonly path: string;
  readonly text: string;
}

function changeRow({ path, before, after }: FieldChange, forces: boolean, style: Style): Row {
  const comment = forces ? style.red(' # forces replacement') : '';
  if (before === undefined) return { sign: style.green('+'), path, text: show(after, path) + comment };
  if (after === undefined) return { sign: style.red('-'), path, text: show(before, path) + comment };
  if (before === hidden && after === hidden)
    return { sign: style.yellow('~'), path, text: `${hidden}, changed${comment}` };
  return { sign: style.yellow('~'), path, text: `${show(before, path)} -> ${show(after, path)}${comment}` };
}

function aligned(all: readonly Row[]): readonly string[] {
  const width = Math.max(0, ...all.map(({ path }) => path.length));
  return all.map(({ sign, path, text }) => `      ${sign} ${path.padEnd(width)} = ${text}`);
}

function hiddenRow(
  { spec }: PlannedResource,
  changes: readonly FieldChange[],
  style: Style,
): readonly string[] {
  if (!isRecord(spec)) return [];
  const changed = new Set(changes.map(({ path }) => path.split('.')[0]));
  const hidden = Object.entries(spec).filter(([key, value]) => isTelling(value) && !changed.has(key)).length;
  return hidden === 0
    ? []
    : [style.dim(`        (${hidden} unchanged ${hidden === 1 ? 'field' : 'fields'} hidden)`)];
}

function keptLine({ address, kind, kept, problems }: PlannedResource): string {
  const prevented = problems.length > 0 ? '`prevent_destroy` is set' : undefined;
  const why = kept ?? prevented ?? ofKind(kind);
  return `  # ${address} is not declared any more; it is kept (${why})`;
}

/** What differs and is only told. */
function heldLines({ address, held }: PlannedResource): readonly string[] {
  if (held?.policy !== 'warn') return [];
  const reasons = [...new Set(held.steps.map(({ reason }) => reason))].join('; ');
  return [
    `  # ${address} is left as it is (drift = "warn"): ${reasons}\n  # \`--target ${address}\` repairs it`,
  ];
}

function ofKind(kind: PlannedResource['kind']): string {
  return kind === 'volume' ? '`--delete-volumes` deletes it' : 'something else is based on it';
}

/** Empty tables and lists say nothing to a reader. */
function isTelling(value: unknown): boolean {
  if (value === undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isRecord(value) || Object.keys(value).length > 0;
}

/** A value as the NovaFile would have it, on one line; bytes under a key for memory in binary units. */
export function show(value: unknown, path = ''): string {
  if (isSensitive(value) || value === hidden) return hidden;
  if (Array.isArray(value)) return `[${value.map((item) => show(item)).join(', ')}]`;
  if (isRecord(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{ ${entries.map(([key, item]) => `${key} = ${show(item, key)}`).join(', ')} }`;
  }
  if (typeof value === 'number' && /(?:memory|size)$/.test(path)) return JSON.stringify(binarySize(value));
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}
