import type { RestartPolicy } from './restartPolicy.ts';

/** What the restart program is told about a capsule, in `restart.json`. */
export interface RestartFile {
  readonly policy: RestartPolicy;
  /** seconds between SIGTERM and SIGKILL; kept here for when the capsule is not declared any more */
  readonly stopTimeout: number;
  readonly id: string;
  /** Files, absolute: conmon's exit file, and what the restart program remembers. */
  readonly exit: string;
  readonly attempts: string;
  /** The command line that creates it. */
  readonly conmon: readonly string[];
  /** The OCI runtime with the arguments of every call. */
  readonly runtime: readonly string[];
}

export function writeRestartFile(file: RestartFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Undefined when it is not there, or not whole: nothing is restarted then. */
export function readRestartFile(text: string | undefined): RestartFile | undefined {
  try {
    const file: unknown = JSON.parse(text ?? '');
    return isRestartFile(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function isRestartFile(value: unknown): value is RestartFile {
  if (typeof value !== 'object' || value === null) return false;
  const { policy, stopTimeout, id, exit, attempts, conmon, runtime }: Partial<Record<string, unknown>> = {
    ...value,
  };
  return (
    (policy === 'always' || policy === 'on-failure' || policy === 'never') &&
    typeof stopTimeout === 'number' &&
    [id, exit, attempts].every((text) => typeof text === 'string') &&
    [conmon, runtime].every((list) => Array.isArray(list) && list.every((word) => typeof word === 'string'))
  );
}
