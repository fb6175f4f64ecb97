import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Condition, LoopEvent, SourceRow } from '../../../stateStore/loopState.ts';
import { openStateReader } from '../../../stateStore/reader.ts';
import { tracked } from './leftovers.ts';
import type { World } from './world.ts';

/** A controller that runs for a test, and what it says of itself in the database. */
export interface RunningController extends AsyncDisposable {
  readonly pid: number;
  /** What it printed. */
  output(): string;
  /** Resolves with its exit code, -1 when a signal ended it. */
  readonly ended: Promise<number>;
  /** As systemd stops it. */
  stop(): Promise<number>;
  kill(): Promise<void>;
}

export function startController(world: World, argv: readonly string[], env: Record<string, string> = {}) {
  const [program = '', ...rest] = world.command(argv);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    child.kill(signal);
    return ended;
  };
  const running: RunningController = {
    pid: child.pid ?? -1,
    output: () => printed,
    ended,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
  };
  return tracked(running);
}

/** What controllers of a world remember. */
export function remembered(world: World) {
  const read = <T>(query: (reader: ReturnType<typeof openStateReader>) => T): T => {
    const reader = openStateReader({ directory: world.stateDirectory });
    try {
      return query(reader);
    } finally {
      reader.close();
    }
  };
  const { id } = world.scope;
  return {
    source: (name: string): SourceRow | undefined =>
      read((reader) => reader.sources(id).find((row) => row.name === name)),
    conditions: (name: string): readonly Condition[] => read((reader) => reader.conditions(id, name)),
    events: (): readonly LoopEvent[] => read((reader) => reader.events(id, { limit: 100_000 })),
    /** `true Converged`, of the source or of a resource. */
    ready: (name: string, subject = ''): string | undefined => {
      const all = read((reader) => reader.conditions(id, name));
      const found = all.find((each) => each.subject === subject && each.type === 'Ready');
      return found === undefined ? undefined : `${found.status} ${found.reason}`;
    },
  };
}

/** Looks again and again until it is so. @param patience ms */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patience = 60_000,
): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${patience} ms in vain: ${what}`);
    await sleep(20);
  }
}
