import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
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

const file = read();
const before = file && text(file.attempts);
const status = file && Number.parseInt(text(file.exit) ?? '', 10);
// Without a status it has not run at all: whoever wanted to start it knows that already.
if (file !== undefined && status !== undefined && !Number.isNaN(status)) {
  const next = afterExit(file.policy, status, attemptsIn(before), Date.now());
  if (next !== undefined) {
    await sleep(next.delay);
    const now = read();
    // Stopped on purpose meanwhile, or started again by somebody else.
    if (now !== undefined && text(now.attempts) === before) await startAgain(now, next.count);
  }
}

/** The new conmon calls this program anew: when its capsule has ended, and also when it could not be created. */
async function startAgain(of: RestartFile, count: number): Promise<void> {
  write(of.attempts, JSON.stringify({ count, startedAt: Date.now() }));
  call(of.runtime, ['delete', '--force', of.id]);
  // What counts if it cannot be created: conmon writes nothing then.
  write(of.exit, '127');
  if (!(await create(of.conmon))) return;
  if (!call(of.runtime, ['start', of.id])) call(of.runtime, ['delete', '--force', of.id]);
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

function attemptsIn(json: string | undefined): Attempts {
  try {
    const { count, startedAt } = JSON.parse(json ?? '') as Partial<Attempts>;
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
