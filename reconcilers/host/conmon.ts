import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';

import { NovaError } from '../../schema/errors.ts';
import type { Recorder } from './commandRecord.ts';
import { onFile } from './fileErrors.ts';
import type { RuntimeContainer } from './host.ts';
import { runtimeMessage } from './runtimeMessage.ts';
import { commandEnvironment, requireTool } from './tools.ts';
import { fields, number, text } from './toolOutput.ts';
import { workWrapper } from './workCgroup.ts';

/** bytes after which conmon begins the log anew */
const largestLog = 10 * 1024 * 1024;

/** ms for the runtime to create a capsule */
const createTimeout = 60_000;

/**
 * conmon with its arguments, as conmon(8) explains them.
 * @param runtime the OCI runtime with the arguments that every call of it gets
 */
export function conmonArgv(
  container: RuntimeContainer,
  runtime: readonly string[],
  sockets: string,
): string[] {
  const [program = '', ...general] = runtime;
  const [atExit, ...exitArguments] = container.exitCommand;
  return [
    requireTool('conmon'),
    ...['--api-version', '1', '--cid', container.id, '--cuuid', container.uuid, '--name', container.name],
    ...['--runtime', program, ...general.flatMap((word) => ['--runtime-arg', word])],
    ...[
      '--bundle',
      container.bundle,
      '--container-pidfile',
      container.pidFile,
      '--exit-dir',
      container.exitDirectory,
    ],
    ...['--log-path', `k8s-file:${container.log}`, '--log-size-max', String(largestLog)],
    ...['--socket-dir-path', sockets],
    ...(atExit === undefined ? [] : ['--exit-command', atExit]),
    ...exitArguments.flatMap((word) => ['--exit-command-arg', word]),
  ];
}

/**
 * Starts conmon in its cgroup and a session of its own, and waits until the capsule is created. Rejects with
 * `capsule.start` and the runtime's words.
 */
export async function startConmon(
  argv: readonly string[],
  container: RuntimeContainer,
  recorder: Recorder,
): Promise<void> {
  recorder({ effect: 'change', argv, at: Date.now() });
  const words = `${container.bundle}/conmon.log`;
  const errors = await onFile(`cannot start ${container.name}`, () => {
    mkdirSync(container.exitDirectory, { recursive: true, mode: 0o700 });
    return openSync(words, 'w', 0o600);
  });
  const [file, ...args] = [...workWrapper(container.monitorCgroup), ...argv];
  const child = spawn(file ?? '', args, {
    cwd: '/',
    detached: true,
    env: { ...commandEnvironment(), _OCI_SYNCPIPE: '3' },
    // conmon holds all of these for as long as it lives; only the fourth is ours to read.
    stdio: ['ignore', 'ignore', errors, 'pipe'],
  });
  closeSync(errors);
  child.unref();
  child.on('error', () => undefined);
  const answer = child.stdio[3];
  const line = answer instanceof Readable ? await firstLine(answer, createTimeout) : undefined;
  const message = refusal(line, () => readFileSync(words, 'utf8'));
  if (message === undefined) return;
  throw new NovaError('capsule.start', `${container.name} cannot be started: ${runtimeMessage(message)}`, {
    hint: 'check its command and what is in the capsule, then run again',
  });
}

/** Undefined when there is a process now. The line is `{"data": PID}`, or -1 with a `message`. */
function refusal(line: string | undefined, otherWords: () => string): string | undefined {
  const answer = parsed(line);
  if ((number(answer?.['data']) ?? -1) > 0) return undefined;
  return text(answer?.['message']) ?? (otherWords().trim() || 'conmon ended without a word');
}

function parsed(line: string | undefined) {
  try {
    return fields(JSON.parse(line ?? ''));
  } catch {
    return undefined;
  }
}

/** Undefined when the stream ends, or the time, before there is one. conmon keeps its end open: so ours is closed. */
function firstLine(stream: Readable, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let read = '';
    const done = (line: string | undefined) => {
      clearTimeout(timer);
      stream.destroy();
      resolve(line);
    };
    const timer = setTimeout(() => done(undefined), timeout);
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      read += chunk;
      if (read.includes('\n')) done(read.slice(0, read.indexOf('\n')));
    });
    stream.once('end', () => done(undefined));
    stream.once('error', () => done(undefined));
  });
}
