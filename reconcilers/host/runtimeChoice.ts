import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import type { Scope } from '../identity.ts';
import type { CommandRunner } from './commandRunner.ts';
import { onFile } from './fileErrors.ts';
import { probeRuntime } from './runtimeProbe.ts';
import { absence, findTool } from './tools.ts';

/** Absolute path of the OCI runtime that works here. Rejects with `capability.missing`. */
export type RuntimeChoice = () => Promise<string>;

/**
 * Finds the runtime by trying, once for a start of the machine and a build of the program: the answer is kept in
 * `runtime.json` of the scope.
 */
export function createRuntimeChoice(scope: Scope, project: string, runner: CommandRunner): RuntimeChoice {
  let chosen: Promise<string> | undefined;
  return () => {
    chosen ??= remembered(scope) ?? choose(scope, project, runner);
    // What was missing may be there at the next call.
    chosen.catch(() => (chosen = undefined));
    return chosen;
  };
}

export const runtimeNames = ['crun', 'runc'] as const;

async function choose(scope: Scope, project: string, runner: CommandRunner): Promise<string> {
  const found = runtimeNames.flatMap((name) => findTool(name) ?? []);
  const refusals: string[] = [];
  for (const path of found) {
    const why = await probeRuntime(scope, project, runner, path);
    if (why === undefined) {
      await onFile('cannot remember the OCI runtime', () => remember(scope, path));
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

function remembered(scope: Scope): Promise<string> | undefined {
  try {
    const { path, tried } = JSON.parse(readFileSync(file(scope), 'utf8')) as Partial<Remembered>;
    return path !== undefined && tried === fingerprint(path) ? Promise.resolve(path) : undefined;
  } catch {
    // Not there, or not whole: it is tried again.
    return undefined;
  }
}

function remember(scope: Scope, path: string): void {
  mkdirSync(scope.run, { recursive: true });
  writeFileSync(
    `${file(scope)}.tmp`,
    JSON.stringify({ path, tried: fingerprint(path) } satisfies Remembered),
  );
  renameSync(`${file(scope)}.tmp`, file(scope));
}

function file(scope: Scope): string {
  return `${scope.run}/runtime.json`;
}

function fingerprint(path: string): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${statSync(path).mtimeMs}`;
}
