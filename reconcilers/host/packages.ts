import { NovaError } from '../../schema/errors.ts';
import { recordToFile, type Recorder } from './commandRecord.ts';
import { requireTool } from './tools.ts';

/** The one command that gets all of the packages. */
export function installCommand(packages: readonly string[]): readonly [string, ...string[]] {
  return ['apt-get', 'install', '--yes', '--no-install-recommends', ...new Set(packages)];
}

/**
 * Gets packages, showing what apt says. It is given the user's own environment, as it may need the proxy named there.
 * @param output a file descriptor for what it prints
 * @throws NovaError `capability.missing` without apt-get, `host.command` when it fails
 */
export async function installPackages(
  packages: readonly string[],
  output: 1 | 2,
  recorder: Recorder = recordToFile,
): Promise<void> {
  const [tool, ...args] = installCommand(packages);
  const path = requireTool(tool);
  recorder({ effect: 'change', argv: [tool, ...args], at: Date.now() });
  const { execa } = await import('execa');
  const ended = await execa(path, args, {
    stdio: ['ignore', output, 2],
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    reject: false,
  });
  if (ended.exitCode === 0) return;
  throw new NovaError(
    'host.command',
    `apt-get ended with ${ended.exitCode ?? ended.signal ?? 'an error'}; its own words are above`,
    {
      hint: 'renew the lists of packages with `apt-get update`, then run it again',
    },
  );
}
