import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

import { makeCgroup } from './cgroupTree.ts';
import { nextTurn } from './coalesce.ts';
import { fileError, isAbsence } from './fileErrors.ts';
import type { ProcessEnd, ProcessOptions } from './runProcess.ts';
import { commandEnvironment } from './tools.ts';
import { enterScript } from './workCgroup.ts';

/**
 * Runs programs to their end by a shell that stays in the work cgroup. What Node starts itself gets a copy of its page
 * tables first, milliseconds in which nothing else is done; the shell's are small, and what it starts is in the cgroup.
 */
export interface Workers {
  /** As `runProcess`; a word may hold no line break. */
  run(argv: readonly [string, ...string[]], options: ProcessOptions): Promise<ProcessEnd>;
  /**
   * The same for what puts itself into the background, in a cgroup of its own, which must be there, and a session of its own.
   * Until it has entered that it is in the work cgroup.
   */
  daemon(
    argv: readonly [string, ...string[]],
    options: Omit<ProcessOptions, 'input'> & { readonly cgroup: string },
  ): Promise<ProcessEnd>;
}

type Shell = ChildProcessByStdio<Writable, Readable, null>;

interface Job {
  readonly started: (pid: number) => void;
  readonly ended: (code: number) => void;
}

/**
 * @param cgroup where the shell and all that it starts live; whoever empties it ends them
 * @param folder for what they read and say; it goes with the cgroup
 */
export function createWorkers(cgroup: string, folder: string): Workers {
  const jobs = new Map<number, Job>();
  let shell: Shell | undefined;
  let counter = 0;

  const start = (): Shell => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const words = [`${makeCgroup(cgroup)}/cgroup.procs`, String(process.pid), folder];
    const child = spawn('/bin/sh', ['-c', script, 'sh', ...words], {
      env: commandEnvironment(),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const gone = (): void => {
      if (shell !== child) return;
      shell = undefined;
      for (const job of [...jobs.values()]) job.ended(-1);
    };
    child.on('error', gone).on('exit', gone);
    child.stdin.on('error', gone);
    child.stdout.on(
      'data',
      byLine((line) => hear(line, jobs)),
    );
    return child;
  };

  const work = async (
    verb: 'work' | 'daemon',
    first: (input: string) => string,
    argv: readonly string[],
    { input, timeout, grace, signal }: ProcessOptions,
  ): Promise<ProcessEnd> => {
    const id = (counter += 1);
    const file = (what: string): string => `${folder}/${id}.${what}`;
    const words = [first(input === undefined ? '/dev/null' : file('in')), ...argv];
    try {
      shell ??= start();
      if (input !== undefined) writeFileSync(file('in'), input, { mode: 0o600 });
    } catch (error) {
      throw fileError(`cannot use ${folder}`, error);
    }
    const ended = Promise.withResolvers<number>();
    const child = createTarget(grace);
    jobs.set(id, { started: child.started, ended: ended.resolve });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.stop();
    }, timeout);
    signal?.addEventListener('abort', child.stop, { once: true });
    if (signal?.aborted === true) child.stop();
    shell.stdin.write(`${verb} ${id} ${words.map(quoted).join(' ')}\n`);
    try {
      const code = await ended.promise;
      return { code, stdout: textOf(file('out')), stderr: textOf(file('err')), timedOut };
    } finally {
      jobs.delete(id);
      clearTimeout(timer);
      child.ended();
      signal?.removeEventListener('abort', child.stop);
      for (const what of input === undefined ? ['out', 'err'] : ['in', 'out', 'err'])
        rmSync(file(what), { force: true });
    }
  };

  return {
    run: (argv, options) => work('work', (input) => input, argv, options),
    daemon: async (argv, { cgroup, ...options }) => {
      const procs = `${makeCgroup(cgroup)}/cgroup.procs`;
      // What is started is moved to its cgroup, for which whoever makes one has to wait: so all who are about to make theirs first.
      await nextTurn();
      return work('daemon', () => procs, argv, options);
    },
  };
}

/**
 * Words of the shell that stays: each job is a line `work ID INPUT COMMAND…` or `daemon ID CGROUP COMMAND…`, and is told of as
 * `ID PID`, then `ID = STATUS`.
 */
const script = `${enterScript} || exit 1
# A terminal sends its Ctrl-C to all; that what is in hand is finished is Nova's to see to.
trap '' INT
folder=$1
work() {
  id=$1; input=$2; shift 2
  { "$@" <"$input" >"$folder/$id.out" 2>"$folder/$id.err" & echo "$id $!"; wait $!; echo "$id = $?"; } &
}
daemon() {
  id=$1; cgroup=$2; shift 2
  { { echo 0 >"$cgroup" && cd / && exec setsid "$@"; } </dev/null >"$folder/$id.out" 2>"$folder/$id.err" & echo "$id $!"; wait $!; echo "$id = $?"; } &
}
while IFS= read -r line; do eval "$line"; done`;

/** One word for a shell, whatever is in it. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function hear(line: string, jobs: ReadonlyMap<number, Job>): void {
  const [id, pid, status] = line.split(' ');
  const job = jobs.get(Number(id));
  if (status === undefined) job?.started(Number(pid));
  // What a signal has ended has no status of its own.
  else job?.ended(Number(status) > 128 && Number(status) <= 128 + 64 ? -1 : Number(status));
}

/** A process that may have to end before its time, and before its number is known. */
function createTarget(grace: number) {
  let pid: number | undefined;
  let stopping = false;
  let killer: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals): void => {
    try {
      if (pid !== undefined) process.kill(pid, signal);
    } catch (error) {
      if (!isAbsence(error)) throw error;
    }
  };
  const kill = (): void => {
    send(grace > 0 ? 'SIGTERM' : 'SIGKILL');
    killer = setTimeout(() => send('SIGKILL'), grace);
  };
  return {
    started: (found: number): void => {
      pid = found;
      if (stopping) kill();
    },
    stop: (): void => {
      stopping = true;
      if (pid !== undefined) kill();
    },
    ended: (): void => {
      pid = undefined;
      clearTimeout(killer);
    },
  };
}

function byLine(take: (line: string) => void): (piece: Buffer) => void {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return '';
    throw error;
  }
}
