import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { openStateStore } from '../../stateStore/sqlite.ts';
import { childProgram, temporaryFolder } from './temporary.ts';

const owner = { scope: '3f2a9c1b', project: 'demo' };

/** Runs a writer for a while, kills it, and returns the lines that it said. */
async function killedWriter(directory: string, after: number): Promise<string[]> {
  const child = spawn(process.execPath, [childProgram('writer.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child.stdout, 'data');
  await sleep(after);
  child.kill('SIGKILL');
  await once(child, 'close');
  // The last line may have been cut.
  return said.split('\n').slice(0, -1);
}

const numbersOf = (line: string): number[] => line.split(' ').slice(1).map(Number);

describe('a state database whose writer is killed', () => {
  it('is whole, and has everything that was promised', { timeout: 60_000 }, async () => {
    const directory = temporaryFolder();
    for (const after of [0, 3, 10, 31, 70, 110]) {
      const lines = await killedWriter(directory, after);
      const check = new DatabaseSync(join(directory, 'nova.db'));
      expect(check.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      check.close();

      const store = openStateStore({ directory });
      const journal = new Map(store.journal(owner, 1_000_000).map((row) => [row.id, row]));
      for (const line of lines) {
        if (line.startsWith('begun')) for (const id of numbersOf(line)) expect(journal.get(id)).toBeDefined();
        if (line.startsWith('ended'))
          for (const id of numbersOf(line)) expect(journal.get(id)?.outcome).toBe('done');
      }
      const generations = new Set(store.generations(owner, 1_000_000).map((one) => one.number));
      for (const line of lines) {
        if (line.startsWith('generation'))
          for (const number of numbersOf(line)) expect(generations).toContain(number);
      }

      // What goes together came together.
      expect(journal.size % 3).toBe(0);
      const pending = store.pending(owner);
      expect([0, 3]).toContain(pending.length);
      const inventory = store
        .inventory(owner)
        .map((row) => [row.address.replace(/^\w+/, ''), row.identity].join());
      const half = inventory.length / 2;
      expect(inventory.slice(0, half)).toEqual(inventory.slice(half));

      store.end(
        pending.map((row) => row.id),
        'settled',
      );
      store.close();
    }
  });
});
