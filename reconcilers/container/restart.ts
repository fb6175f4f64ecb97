import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';

import { type RestartFile, readRestartFile } from './restartFile.ts';
import { type Attempts, afterExit } from './restartPolicy.ts';

/**
 * What conmon runs when a capsule has ended: starts it again as its restart policy says, without anything of Nova
 * running in between. It is in the capsule's own cgroup, so that stopping the capsule ends it too.
 *
 * Usage: node restart.js RESTART-FILE
 */
const [, , path = ''] = process.argv;

for (let file = read(); file !== undefined; file = read()) {
  const status = Number(text(file.exit) ?? Number.NaN);
  if (Number.isNaN(status)) break;
  const next = afterExit(file.policy, status, attempts(file), Date.now());
  if (next === undefined) break;
  await sleep(next.delay);
  if (read() === undefined) break;
  write(file.attempts, JSON.stringify({ count: next.count, startedAt: Date.now() }));
  if (await startAgain(file)) break;
  write(file.exit, '127');
}

/** Whether there is a new conmon: it calls this program anew when its capsule has ended, or could not be started. */
async function startAgain(file: RestartFile): Promise<boolean> {
  call(file.runtime, ['delete', '--force', file.id]);
  rmSync(file.exit, { force: true });
  if (!(await create(file.conmon))) return false;
  if (!call(file.runtime, ['start', file.id])) call(file.runtime, ['delete', '--force', file.id]);
  return true;
}

/** Starts conmon, which writes `{"data": PID}` when the capsule is created, or -1. */
async function create([program = '', ...args]: readonly string[]): Promise<boolean> {
  const conmon = spawn(program, args, {
    cwd: '/',
    detached: true,
    env: { PATH: process.env['PATH'], _OCI_SYNCPIPE: '3' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  conmon.on('error', () => undefined);
  conmon.unref();
  const pipe = conmon.stdio[3] as Readable;
  let said = '';
  for await (const piece of pipe) {
    said += String(piece);
    if (said.includes('\n')) break;
  }
  return /"data":\s*[1-9]/.test(said);
}

function call([program = '', ...general]: readonly string[], words: readonly string[]): boolean {
  return spawnSync(program, [...general, ...words], { stdio: 'ignore' }).status === 0;
}

/** Undefined when the capsule has been stopped on purpose. */
function read(): RestartFile | undefined {
  return readRestartFile(text(path));
}

function attempts(file: RestartFile): Attempts {
  try {
    const { count, startedAt } = JSON.parse(text(file.attempts) ?? '') as Partial<Attempts>;
    return { count: count ?? 0, startedAt: startedAt ?? 0 };
  } catch {
    return { count: 0, startedAt: 0 };
  }
}

function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function write(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
