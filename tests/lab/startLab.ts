import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ensureRoot } from './build/ensureRoot.ts';
import type { KeeperOptions, KeeperWord } from './keeper/protocol.ts';
import { everything, type Topology } from './machine/topology.ts';

/** A lab that was started here, and goes when it is disposed of or this process ends, however it ends. */
export interface StartedLab extends AsyncDisposable {
  /** Where it is asked: see `connectLab`. */
  readonly socket: string;
  /** ms from nothing to an answer of the agent inside */
  readonly milliseconds: number;
  /** Process id of its keeper. */
  readonly keeper: number;
}

/** ms: many times what it takes on an idle machine, as a busy one may be that much slower */
const patience = 480_000;

/** Boots a lab. Rejects with the reason, and where its console is kept, when it does not start. */
export async function startLab(topology: Topology = everything): Promise<StartedLab> {
  const root = await ensureRoot((words) => process.stderr.write(`${words}\n`));
  const options: KeeperOptions = { root, topology, patience };
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'keeper/keeperMain.ts'), JSON.stringify(options)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C reaches whoever started it, and through that one this.
      detached: true,
    },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const word = await firstWord(child.stdout);
  if ('error' in word) throw new Error(word.error);
  return {
    ...word,
    keeper: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

async function firstWord(output: NodeJS.ReadableStream): Promise<KeeperWord> {
  for await (const line of createInterface({ input: output })) return JSON.parse(line) as KeeperWord;
  return { error: 'the keeper of the lab ended without a word' };
}
