import type { Scope } from '../identity.ts';
import { recordToFile, type Recorder } from './commandRecord.ts';
import { runtimeArgv } from './runtime.ts';
import { commandEnvironment, requireTool } from './tools.ts';

/**
 * Runs a command in a capsule on Nova's own standard input and output, and resolves with its exit status (128 + the
 * number of the signal that ended it). Rejects with `host.command` when there is no such capsule, or `capability.missing`.
 */
export async function runtimeExec(options: {
  readonly scope: Scope;
  readonly id: string;
  readonly argv: readonly string[];
  /** A terminal of its own inside. */
  readonly tty: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly recorder?: Recorder;
}): Promise<number> {
  const { scope, id, tty, env = {}, recorder = recordToFile } = options;
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const [tool, ...args] = runtimeArgv(scope, id, [
    'exec',
    ...(tty ? ['--tty'] : []),
    ...variables,
    id,
    ...options.argv,
  ]);
  recorder({ effect: 'change', argv: [tool, ...args], at: Date.now() });
  const { execa } = await import('execa');
  const { constants } = await import('node:os');
  // The capsule's command gets Ctrl-C, by the terminal or through the runtime; Nova waits for what it makes of it.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    const ended = await execa(requireTool(tool), args, {
      stdio: 'inherit',
      env: commandEnvironment(),
      extendEnv: false,
      reject: false,
    });
    return ended.exitCode ?? 128 + (ended.signal === undefined ? 1 : constants.signals[ended.signal]);
  } finally {
    process.off('SIGINT', ignore);
  }
}
