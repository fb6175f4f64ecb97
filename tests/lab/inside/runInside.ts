import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import type { Ended, RunRequest } from './protocol.ts';

/** ms for the last words of a command whose children go on */
const drained = 50;

/**
 * Runs a command to its end, in a session of its own. What it leaves in the background goes on, and may hold its output
 * open: that is not waited for.
 * @param started is given what ends it with all that it has started
 */
export function runInside(request: RunRequest, started: (kill: () => void) => void): Promise<Ended> {
  const [command = '', ...args] = request.argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: request.cwd,
      env: { ...process.env, ...request.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (piece: string) => (said[name] += piece));
    const kill = () => killGroup(child.pid);
    const timer = setTimeout(kill, request.timeout);
    // Who does not read to the end of its input is not to be blamed here.
    child.stdin.on('error', () => undefined).end(request.input ?? '');
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      const done = () =>
        resolve({ code: code ?? 128 + (signal === null ? 1 : constants.signals[signal]), ...said });
      const patience = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        done();
      }, drained);
      child.on('close', () => {
        clearTimeout(patience);
        done();
      });
    });
    started(kill);
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
