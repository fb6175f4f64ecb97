import type { Readable, Writable } from 'node:stream';

import type { Scope } from '../identity.ts';
import { recordToFile, type Recorder } from './commandRecord.ts';
import { runtimeArgv } from './runtime.ts';
import { commandEnvironment, requireTool } from './tools.ts';

/** A command that runs in a capsule. */
export interface PipedCommand {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit status, 128 + the number of the signal that ended it; after all that it has written. */
  readonly ended: Promise<number>;
  /** Ends it, if need be by force. */
  stop(): void;
}

/** ms that a command has to end after it was asked to */
const patience = 5000;

/**
 * Runs a command in a capsule without a terminal.
 * @throws NovaError `capability.missing`
 */
export async function runtimeExecPiped(options: {
  readonly scope: Scope;
  readonly id: string;
  readonly argv: readonly string[];
  readonly recorder?: Recorder;
}): Promise<PipedCommand> {
  const { scope, id, argv, recorder = recordToFile } = options;
  const [tool, ...args] = runtimeArgv(scope, id, ['exec', id, ...argv]);
  recorder({ effect: 'change', argv: [tool, ...args], at: Date.now() });
  const { execa } = await import('execa');
  const { constants } = await import('node:os');
  const child = execa(requireTool(tool), args, {
    stdio: 'pipe',
    buffer: false,
    env: commandEnvironment(),
    extendEnv: false,
    reject: false,
    forceKillAfterDelay: patience,
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended: child.then(
      ({ exitCode, signal }) => exitCode ?? 128 + (signal === undefined ? 1 : constants.signals[signal]),
    ),
    stop: () => void child.kill('SIGTERM'),
  };
}
