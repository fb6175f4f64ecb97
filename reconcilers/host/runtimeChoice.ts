import { readFileSync, statSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import type { Scope } from '../identity.ts';
import type { CommandRunner } from './commandRunner.ts';
import { probeRuntime } from './runtimeProbe.ts';
import { absence, findTool } from './tools.ts';

/** Absolute path of the OCI runtime that works here. Rejects with `capability.missing`. */
export type RuntimeChoice = () => Promise<string>;

/** What trials of this machine came to, kept where the next scope finds it. */
export interface Trials {
  tried(what: string): string | undefined;
  remember(what: string, found: string): void;
}

/** For whoever keeps nothing: what was tried is known until the process ends. */
export function trialsInMemory(): Trials {
  const known = new Map<string, string>();
  return { tried: (name) => known.get(name), remember: (name, found) => void known.set(name, found) };
}

/** Finds the runtime by trying, once for a start of the machine and a build of the program. */
export function createRuntimeChoice(
  scope: Scope,
  project: string,
  runner: CommandRunner,
  trials: Trials,
): RuntimeChoice {
  let chosen: Promise<string> | undefined;
  return () => {
    chosen ??= remembered(trials) ?? choose(scope, project, runner, trials);
    // What was missing may be there at the next call.
    chosen.catch(() => (chosen = undefined));
    return chosen;
  };
}

export const runtimeNames = ['crun', 'runc'] as const;

async function choose(scope: Scope, project: string, runner: CommandRunner, trials: Trials): Promise<string> {
  const found = runtimeNames.flatMap((name) => findTool(name) ?? []);
  const refusals: string[] = [];
  for (const path of found) {
    const why = await probeRuntime(scope, project, runner, path);
    if (why === undefined) {
      trials.remember(what, JSON.stringify({ path, tried: fingerprint(path) } satisfies Remembered));
      return path;
    }
    refusals.push(`${path}: ${why}`);
  }
  if (found.length > 0) {
    const hint =
      'try the other one (apt-get install crun, or runc); crun needs cgroup v2 alone, runc takes both versions';
    throw new NovaError(
      'capability.missing',
      `no OCI runtime works on this machine: ${refusals.join('; ')}`,
      { hint },
    );
  }
  const { hint } = absence('crun');
  throw new NovaError('capability.missing', 'neither crun nor runc is installed', {
    hint: `${hint}, or runc`,
  });
}

interface Remembered {
  readonly path: string;
  /** The boot and the file that it was tried in and with. */
  readonly tried: string;
}

const what = 'oci-runtime';

function remembered(trials: Trials): Promise<string> | undefined {
  try {
    const { path, tried } = JSON.parse(trials.tried(what) ?? '{}') as Partial<Remembered>;
    return path !== undefined && tried === fingerprint(path) ? Promise.resolve(path) : undefined;
  } catch {
    // It is not there any more, or the note is not whole: it is tried again.
    return undefined;
  }
}

function fingerprint(path: string): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${statSync(path).mtimeMs}`;
}
