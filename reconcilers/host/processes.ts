import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import type { Scope } from '../identity.ts';
import { commandError } from './commandError.ts';
import type { Recorder } from './commandRecord.ts';
import { errorCode, fileError, isAbsence } from './fileErrors.ts';
import type { Processes } from './host.ts';
import { commandEnvironment, requireTool } from './tools.ts';
import { readProcess } from './viewProcesses.ts';
import { workWrapper } from './workCgroup.ts';

export function createProcesses(scope: Scope, recorder: Recorder): Processes {
  return {
    daemon: async ({ argv, cgroup, inNamespace }) => {
      const namespace = inNamespace ? scope.namespace : undefined;
      const enter =
        namespace === undefined ? [] : [requireTool('nsenter'), `--net=/run/netns/${namespace}`, '--'];
      const [tool = '', ...rest] = argv;
      const command = [...workWrapper(cgroup), ...enter, requireTool(tool), ...rest] as const;
      recorder({ effect: 'change', argv, at: Date.now() });
      const said = await startDetached(command, scope.run);
      if (said.code !== 0) throw commandError(argv, said);
    },
    signal: async ({ pid, startTime }, signal) => {
      if (readProcess(pid)?.startTime !== startTime) return;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (isAbsence(error)) return;
        throw fileError(`cannot send ${signal} to process ${pid}`, error);
      }
    },
  };
}

/** ms */
const startTimeout = 30_000;

/**
 * Waits for the first process only. What it says goes to a nameless file: the daemon may keep its end of a pipe open for ever.
 */
async function startDetached([file, ...args]: readonly [string, ...string[]], folder: string) {
  mkdirSync(folder, { recursive: true });
  const words = join(folder, `.daemon-${randomUUID()}`);
  const output = openSync(words, 'wx+', 0o600);
  rmSync(words);
  try {
    const child = spawn(file, args, {
      env: commandEnvironment(),
      cwd: '/',
      detached: true,
      stdio: ['ignore', output, output],
    });
    const code = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => {
        killGroup(child.pid);
        reject(
          new NovaError(
            'host.timeout',
            `${args.at(-1) ?? file} did not go into the background within ${startTimeout / 1000} s`,
            {
              hint: 'see whether the machine is overloaded, then run the same command again',
            },
          ),
        );
      }, startTimeout);
      child.once('error', reject);
      child.once('exit', (status) => {
        clearTimeout(timer);
        resolve(status ?? -1);
      });
    });
    return { code, stderr: readFileSync(`/proc/self/fd/${output}`, 'utf8') };
  } finally {
    closeSync(output);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
