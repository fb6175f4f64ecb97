import type { Draft } from './draft.ts';
import { quote, type Path, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';
import { isTable, type RawTable } from './table.ts';
import { describeValue } from './words.ts';

/** What a project may ask of its host, from `[limits]`. */
export interface HostLimits {
  /** How much of what the host has is promised to machines and capsules together; 1 is all of it. */
  readonly overcommit: { readonly cpu: number; readonly memory: number };
  /** Machines that run at most. */
  readonly vms?: number;
}

/** Processors are shared by turns, memory is not. */
export const defaultLimits: HostLimits = { overcommit: { cpu: 8, memory: 1 } };

export interface LimitsRead {
  /** Undefined: nothing is said of them. */
  readonly limits: HostLimits | undefined;
  readonly problems: readonly Problem[];
}

const examples: Readonly<Record<string, string>> = {
  limits: 'write [limits] on a line of its own, and overcommit = { memory = 1.5 } below',
  'limits.overcommit': 'for example overcommit = { cpu = 4, memory = 1.5 }',
  'limits.overcommit.cpu': 'for example cpu = 4: four times the processors of the host',
  'limits.overcommit.memory': 'for example memory = 1.5: one and a half times the memory of the host',
  'limits.vms': 'for example vms = 20',
};

/** Reads `[limits]`. */
export function readLimits(written: unknown): LimitsRead {
  if (written === undefined) return { limits: undefined, problems: [] };
  const problems: Problem[] = [];
  const top = tableIn(written, ['limits'], ['overcommit', 'vms'], problems);
  const inner = tableIn(top['overcommit'] ?? {}, ['limits', 'overcommit'], ['cpu', 'memory'], problems);
  const factor = (name: 'cpu' | 'memory'): number => {
    const value = inner[name] ?? defaultLimits.overcommit[name];
    if (typeof value === 'number' && value > 0 && value <= 1000) return value;
    problems.push(wrong(['limits', 'overcommit', name], 'a number from above 0 to 1000', value));
    return defaultLimits.overcommit[name];
  };
  const overcommit = { cpu: factor('cpu'), memory: factor('memory') };
  const vms = top['vms'];
  if (vms === undefined) return { limits: { overcommit }, problems };
  if (typeof vms === 'number' && Number.isInteger(vms) && vms >= 0)
    return { limits: { overcommit, vms }, problems };
  return {
    limits: { overcommit },
    problems: [...problems, wrong(['limits', 'vms'], 'a whole number from 0', vms)],
  };
}

function tableIn(value: unknown, path: Path, known: readonly string[], problems: Problem[]): RawTable {
  if (!isTable(value)) {
    problems.push({ ...wrong(path, 'a table', value), code: 'schema.type' });
    return {};
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const meant = suggest(key, known);
    problems.push({
      code: 'schema.unknown-key',
      message: `${path.join('.')} has no key ${quote(key)}`,
      hint: meant === undefined ? `its keys are ${known.join(', ')}` : `did you mean ${meant}?`,
      path: [...path, key],
      on: 'key',
    });
  }
  return value;
}

function wrong(path: Path, wanted: string, value: unknown): Problem {
  const label = path.join('.');
  const code = typeof value === 'number' ? 'schema.value' : 'schema.type';
  return {
    code,
    message: `${label} must be ${wanted}, not ${describeValue(value)}`,
    hint: examples[label] ?? '',
    path,
  };
}

/** More machines than are wanted on this host. */
export function checkCount(drafts: readonly Draft[], limits: HostLimits | undefined): readonly Problem[] {
  const running = drafts.filter(
    ({ kind, spec }) => kind === 'vm' && 'state' in spec && spec.state === 'running',
  );
  const { vms } = limits ?? {};
  if (vms === undefined || running.length <= vms) return [];
  const message = `${running.length} machines run, and limits.vms allows ${vms}`;
  const hint = 'raise it, or set state = "stopped" in some of them';
  return [{ code: 'host.capacity', message, hint, path: ['limits', 'vms'] }];
}
