import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';

import type { Ended } from './protocol.ts';

/** A command line of Nova's, without the program. */
export interface NovaLine {
  readonly argv: readonly string[];
  /** Beside the agent's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** A Nova that stays for the next command line: under emulation, most of what one takes is the start of the program. */
export interface Resident {
  /** Runs a command line after those that it was given before. What does not end in its time (ms) is killed, with 137. */
  run(line: NovaLine, timeout: number): Promise<Ended>;
  /** With all that it has started. */
  kill(): void;
}

/** ms for the last words of one that has ended */
const drained = 50;

/** @param program path of `novaMain` */
export function createResident(program: string): Resident {
  let running: Running | undefined;
  let last = Promise.resolve();
  const next = async (line: NovaLine, timeout: number): Promise<Ended> => {
    if (running === undefined || hasEnded(running.child)) running = start(program);
    const { child, mark } = running;
    const timer = setTimeout(() => killGroup(child), timeout);
    (child.stdio[3] as Writable).write(`${JSON.stringify(line)}\n`);
    const [out, err] = await Promise.all([upTo(mark, child, 'stdout'), upTo(mark, child, 'stderr')]);
    clearTimeout(timer);
    return { code: out.code ?? 137, stdout: out.text, stderr: err.text };
  };
  return {
    run: async (line, timeout) => {
      const before = last;
      const mine = Promise.withResolvers<void>();
      last = mine.promise;
      await before;
      return await next(line, timeout).finally(mine.resolve);
    },
    kill: () => running !== undefined && killGroup(running.child),
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly mark: string;
}

function start(program: string): Running {
  const mark = randomUUID();
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe'] as const;
  const env = { ...process.env, NODE_COMPILE_CACHE: '/tmp/compiled' };
  const child = spawn('node', [program, mark], { stdio: [...stdio], detached: true, env });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8');
  child.on('error', () => undefined);
  child.stdio[3]?.on('error', () => undefined);
  return { child, mark };
}

interface Said {
  readonly text: string;
  /** Undefined: it has ended before it could tell. */
  readonly code: number | undefined;
}

function upTo(mark: string, child: ChildProcess, name: 'stdout' | 'stderr'): Promise<Said> {
  let text = '';
  return new Promise((resolve) => {
    const end = (said: Said): void => {
      child[name]?.off('data', take);
      child.off('exit', exit);
      resolve(said);
    };
    const take = (piece: string): void => {
      text += piece;
      const at = text.indexOf(mark);
      // What it has left running may say more behind it.
      const code = /^(\d+)\n/.exec(at < 0 ? '' : text.slice(at + mark.length))?.[1];
      if (code !== undefined) end({ text: text.slice(0, at), code: Number(code) });
    };
    // What it has left running may hold its outputs open: that is not waited for.
    const exit = (): unknown => setTimeout(() => end({ text, code: undefined }), drained);
    child[name]?.on('data', take);
    child.on('exit', exit);
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
