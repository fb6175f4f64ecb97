import { existsSync, readFileSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';

import { NovaError } from '../../schema/errors.ts';
import type { Scope } from '../identity.ts';
import { createAsker } from './asker.ts';
import { oneLine } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { Probe } from './host.ts';
import { ownProgram } from './ownProgram.ts';
import { runtimeArgv } from './runtime.ts';
import { runtimeState } from './runtimeFiles.ts';
import { runtimeMessage } from './runtimeMessage.ts';

/** Asks as a client in the scope's namespace: a small program of ours stays there for that. */
export function createProbe(scope: Scope, runner: CommandRunner): Probe & { close(): void } {
  const asker = createAsker(runner.recorder, scope.namespace, [process.execPath, client]);
  const ask = (question: readonly (string | number)[], timeout: number, signal: AbortSignal) =>
    asker.ask(question.map(String), timeout, signal);
  return {
    tcp: (ip, port, timeout, signal) => ask(['tcp', ip, port], timeout, signal),
    http: (url, timeout, signal) => ask(['http', url], timeout, signal),
    dns: (server, name, expected, timeout, signal) =>
      ask(['dns', server, name, ...expected], timeout, signal),
    exec: (id, argv, timeout, signal) => execute(scope, runner, { id, argv, timeout, signal }),
    close: asker.close,
  };
}

const client = ownProgram('reconcilers/host/probeClient');

async function execute(
  scope: Scope,
  runner: CommandRunner,
  command: { id: string; argv: readonly string[]; timeout: number; signal: AbortSignal },
): Promise<string | undefined> {
  const { id, argv, timeout, signal } = command;
  const pidFile = `${runtimeState(scope, id)}/.exec-${randomUUID()}`;
  try {
    const words = runtimeArgv(scope, id, ['exec', '--pid-file', pidFile, id, ...argv]);
    const ended = await runner.finish({ argv: words, effect: 'read', timeout, signal });
    if (ended.code === 0) return undefined;
    const said = runtimeMessage(ended.stderr) || oneLine(ended.stdout);
    return `exit status ${ended.code}${said === '' ? '' : `: ${said.slice(0, 500)}`}`;
  } catch (error) {
    endLeftover(pidFile);
    if (error instanceof NovaError && error.code === 'host.timeout')
      return `no answer within ${timeout / 1000} s`;
    if (error instanceof NovaError && error.code === 'host.command') return error.message;
    throw error;
  } finally {
    rmSync(pidFile, { force: true });
  }
}

/** The runtime was killed; what it had started in the capsule goes on otherwise. */
function endLeftover(pidFile: string): void {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
