import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { fakeForge, type FakeForge, token } from './forge.ts';

const program = join(import.meta.dirname, 'children/tellMain.ts');
const count = 30;

describe('telling a forge', () => {
  let folder: string;
  let forge: FakeForge;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nova-tell-'));
    writeFileSync(join(folder, 'token'), token);
    forge = await fakeForge('github');
  });
  afterEach(async () => {
    await forge[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** Runs it, and kills it when so many more requests have come in; resolves to whether it came to its end. */
  function attempt(requests: number): Promise<boolean> {
    const argv = [program, join(folder, 'state'), forge.api, join(folder, 'token'), String(count)];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
    const until = forge.attempts() + requests;
    const watch = setInterval(() => {
      if (forge.attempts() >= until) child.kill('SIGKILL');
    }, 1);
    return new Promise((resolve) =>
      child.once('close', (code) => {
        clearInterval(watch);
        resolve(code === 0);
      }),
    );
  }

  it(
    'law: killed again and again by SIGKILL, everything is told once and in order',
    { timeout: 120_000 },
    async () => {
      let kills = 0;
      for (let requests = 1; !(await attempt(requests)); requests = (requests % 7) + 1) kills += 1;
      expect(kills).toBeGreaterThan(3);
      expect(forge.statuses.map(({ text }) => text)).toEqual(
        Array.from({ length: count }, (_, at) => `step ${at}`),
      );
      expect(forge.mistakes).toEqual([]);
    },
  );
});
