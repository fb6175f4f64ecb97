import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { fileError } from './fileErrors.ts';
import { commandEnvironment } from './tools.ts';

export interface ProcessOptions {
  readonly input?: string | undefined;
  /** ms */
  readonly timeout: number;
  /** ms between SIGTERM and SIGKILL when it has to end before its time */
  readonly grace: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ProcessEnd {
  /** -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * Runs a program to its end. Not by execa: loading it takes longer than the plan of a small project, and nft needs an
 * input that it can open as `/dev/stdin`, which the sockets that Node gives for pipes are not.
 */
export async function runProcess(
  [file, ...args]: readonly [string, ...string[]],
  options: ProcessOptions,
): Promise<ProcessEnd> {
  const { timeout, grace, signal } = options;
  const input = options.input === undefined ? undefined : namelessFile(options.input);
  const child = spawn(file, args, { env: commandEnvironment(), stdio: [input ?? 'ignore', 'pipe', 'pipe'] });
  if (input !== undefined) closeSync(input);

  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = Promise.withResolvers<number>();
  child.once('error', ended.reject);
  child.once('close', (code) => ended.resolve(code ?? -1));
  // What it left running may hold its output open.
  child.once('exit', () =>
    setTimeout(() => [child.stdout, child.stderr].map((stream) => stream?.destroy()), 1_000).unref(),
  );

  let timedOut = false;
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill(grace > 0 ? 'SIGTERM' : 'SIGKILL');
    killer = setTimeout(() => child.kill('SIGKILL'), grace);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, timeout);
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return { code: await ended.promise, stdout: stdout(), stderr: stderr(), timedOut };
  } finally {
    clearTimeout(timer);
    clearTimeout(killer);
    signal?.removeEventListener('abort', stop);
  }
}

function collect(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

function namelessFile(text: string): number {
  const path = join(tmpdir(), `nova-${randomUUID()}`);
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    return openSync(path, 'r');
  } catch (error) {
    throw fileError(`cannot write ${path}`, error);
  } finally {
    rmSync(path, { force: true });
  }
}
